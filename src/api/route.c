#include "api/route.h"

#include "api/percent.h"

#include <string.h>

enum {
    SEGMENTS_MOST = 64,
    SEGMENT_LONGEST = 255, /* bytes of fixed text, decoded */
};

/* One segment of paths that begin alike. */
typedef struct Node {
    char *text; /* decoded; %NULL for {…} */
    size_t length;
    GPtrArray *fixed; /* (element-type Node): segments behind it, by length and text */
    struct Node *any; /* (nullable): {…} behind it */
    unsigned methods; /* of the path that ends here; 0 if none does */
    void *targets[HTTP_METHODS];
} Node;

struct Router {
    Node *root;
};

static void node_free(void *data)
{
    Node *node = data;
    if (node == NULL)
        return;
    g_ptr_array_unref(node->fixed);
    node_free(node->any);
    g_free(node->text);
    g_free(node);
}

/* @text: (transfer full) (nullable) */
static Node *node_new(char *text, size_t length)
{
    Node *node = g_new0(Node, 1);
    node->text = text;
    node->length = length;
    node->fixed = g_ptr_array_new_with_free_func(node_free);
    return node;
}

Router *router_new(void)
{
    Router *router = g_new0(Router, 1);
    router->root = node_new(NULL, 0);
    return router;
}

void router_free(Router *router)
{
    if (router == NULL)
        return;
    node_free(router->root);
    g_free(router);
}

/* Where fixed text is, or belongs, in node->fixed. */
static bool find_place(const Node *node, const char *text, size_t length, unsigned *out_place)
{
    unsigned low = 0, high = node->fixed->len;
    while (low < high) {
        unsigned middle = (low + high) / 2;
        const Node *other = node->fixed->pdata[middle];
        int order = length != other->length ? (length < other->length ? -1 : 1)
                                            : memcmp(text, other->text, length);
        if (order == 0) {
            *out_place = middle;
            return true;
        }
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    *out_place = low;
    return false;
}

static bool refuse(const char *path, const char *what, const char *hint, GError **error)
{
    g_set_error(error, APP_ERROR, APP_ERROR_INPUT, "path \"%s\" %s\nhint: %s", path, what, hint);
    return false;
}

static bool is_name(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (text[i] != '_' && !g_ascii_isalpha(text[i]) && !(i > 0 && g_ascii_isdigit(text[i])))
            return false;
    return length > 0;
}

/* What RFC 3986 lets a segment hold, and all of UTF-8. */
static bool is_fixed(const char *text, size_t length)
{
    const char *end = text + length;
    for (; text < end; text++)
        if ((unsigned char)*text < 0x80 && !g_ascii_isalnum(*text) &&
            (*text == '\0' || strchr("-._~!$&'()*+,;=:@", *text) == NULL)) {
            if (percent_byte(text, end) <= 0)
                return false;
            text += 2;
        }
    return true;
}

static bool check_fixed(const char *path, const char *text, size_t length, GError **error)
{
    if (memchr(text, '{', length) != NULL || memchr(text, '}', length) != NULL)
        return refuse(path, "has a segment that is neither text nor one {name}",
                      "a capture takes a whole segment: /items/{id}", error);
    if (!is_fixed(text, length))
        return refuse(path, "has a character that no path may have",
                      "write it percent-encoded: \"%20\" for a space", error);
    g_autoptr(GString) decoded = g_string_new(NULL);
    percent_decode(decoded, text, length, false);
    if (g_str_equal(decoded->str, ".") || g_str_equal(decoded->str, ".."))
        return refuse(path, "has \".\" or \"..\" as a segment", "clients resolve those", error);
    if (decoded->len > SEGMENT_LONGEST)
        return refuse(path, "has a segment of more than 255 bytes", "write a shorter one", error);
    if (!g_utf8_validate_len(decoded->str, decoded->len, NULL))
        return refuse(path, "is not UTF-8", "percent-encode the bytes of UTF-8", error);
    return true;
}

/* {name} at @text: whether it is one, and the first of that name in @path. */
static bool check_capture(const char *path, const char *text, size_t length, GError **error)
{
    if (length < 3 || text[length - 1] != '}' || !is_name(text + 1, length - 2))
        return refuse(path, "has a malformed capture",
                      "a capture takes a whole segment, and its name has letters, digits and "
                      "\"_\": /items/{id}",
                      error);
    for (const char *at = path; at < text; at++)
        if (strncmp(at, text, length) == 0)
            return refuse(path, "captures one name twice", "give each capture a name of its own",
                          error);
    return true;
}

bool route_check(const char *path, GError **error)
{
    if (*path != '/')
        return refuse(path, "does not begin with \"/\"", "write it as /items/{id}", error);
    unsigned segments = 0, captures = 0;
    for (const char *at = path; *at == '/';) {
        const char *text = at + 1;
        at = strchrnul(text, '/');
        size_t length = (size_t)(at - text);
        captures += *text == '{';
        if (length == 0 && *at == '/')
            return refuse(path, "has an empty segment", "write one \"/\"", error);
        if (++segments > SEGMENTS_MOST || captures > ROUTE_CAPTURES)
            return refuse(path, "has too many segments",
                          "a path has up to 64 segments, 16 of them captures", error);
        if (*text == '{' ? !check_capture(path, text, length, error)
                         : !check_fixed(path, text, length, error))
            return false;
    }
    return true;
}

bool route_capture(const char **at, const char **out_name, size_t *out_length)
{
    const char *open = strchr(*at, '{');
    if (open == NULL)
        return false;
    const char *close = strchr(open, '}');
    *out_name = open + 1;
    *out_length = (size_t)(close - open) - 1;
    *at = close + 1;
    return true;
}

/* The node behind @node for a segment as a route writes it. */
static Node *add_segment(Node *node, const char *text, size_t length)
{
    if (*text == '{') {
        if (node->any == NULL)
            node->any = node_new(NULL, 0);
        return node->any;
    }
    g_autoptr(GString) decoded = g_string_new(NULL);
    percent_decode(decoded, text, length, false);
    unsigned place = 0;
    if (!find_place(node, decoded->str, decoded->len, &place))
        g_ptr_array_insert(node->fixed, (int)place, node_new(g_strdup(decoded->str), decoded->len));
    return node->fixed->pdata[place];
}

bool router_add(Router *router, HttpMethod method, const char *path, void *target, GError **error)
{
    if (!route_check(path, error))
        return false;
    Node *node = router->root;
    for (const char *at = path; *at == '/';) {
        const char *text = at + 1;
        at = strchrnul(text, '/');
        node = add_segment(node, text, (size_t)(at - text));
    }
    if (node->targets[method] != NULL) {
        g_set_error(error, APP_ERROR, APP_ERROR_INPUT, "path \"%s\" is taken for this method",
                    path);
        return false;
    }
    node->targets[method] = target;
    node->methods |= 1u << method;
    return true;
}

/* The fixed segment of @node that a request's @text stands for. */
static const Node *find_fixed(const Node *node, const char *text, size_t length)
{
    char decoded[SEGMENT_LONGEST];
    if (node->fixed->len > 0 && length > 0 && memchr(text, '%', length) != NULL) {
        const char *end = text + length;
        length = 0;
        while (text < end && length < sizeof decoded) {
            int byte = *text == '%' ? percent_byte(text, end) : (unsigned char)*text;
            if (byte < 0)
                return NULL;
            decoded[length++] = (char)byte;
            text += *text == '%' ? 3 : 1;
        }
        if (text < end)
            return NULL;
        text = decoded;
    }
    unsigned place = 0;
    return find_place(node, text, length, &place) ? node->fixed->pdata[place] : NULL;
}

/*
 * The node of the path from @at, which is behind a "/", to @end; %NULL if there is none. Its depth
 * is that of the routes, and it looks at no node twice.
 */
static const Node *find_node(const Node *node, const char *at, const char *end, RouteMatch *match)
{
    const char *slash = memchr(at, '/', (size_t)(end - at));
    const char *stop = slash != NULL ? slash : end;
    const Node *found = find_fixed(node, at, (size_t)(stop - at));
    if (found != NULL && slash != NULL)
        found = find_node(found, slash + 1, end, match);
    if (found != NULL && found->methods != 0)
        return found;
    if (node->any == NULL || stop == at)
        return NULL;
    unsigned index = match->captures++;
    match->capture[index].data = at;
    match->capture[index].length = (size_t)(stop - at);
    found = slash != NULL ? find_node(node->any, slash + 1, end, match) : node->any;
    if (found != NULL && found->methods != 0)
        return found;
    match->captures = index;
    return NULL;
}

void router_find(const Router *router, HttpMethod method, const char *path, size_t length,
                 RouteMatch *out_match)
{
    out_match->target = NULL;
    out_match->methods = 0;
    out_match->captures = 0;
    if (length == 0 || *path != '/')
        return;
    const Node *node = find_node(router->root, path + 1, path + length, out_match);
    if (node == NULL)
        return;
    out_match->target = node->targets[method];
    out_match->methods = node->methods;
    if ((node->methods & 1u << HTTP_GET) != 0) {
        out_match->methods |= 1u << HTTP_HEAD;
        if (method == HTTP_HEAD && out_match->target == NULL)
            out_match->target = node->targets[HTTP_GET];
    }
}
