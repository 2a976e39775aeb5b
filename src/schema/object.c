#include "schema/object.h"

const char *object_value(const Object *object, unsigned attribute)
{
    return object->values[attribute];
}

bool object_flag(const Object *object, unsigned attribute)
{
    const char *value = object->values[attribute];
    return value != NULL && value[0] == 't';
}

int object_compare(const void *a, const void *b)
{
    const Object *left = *(Object *const *)a;
    const Object *right = *(Object *const *)b;
    if (left->kind != right->kind)
        return left->kind < right->kind ? -1 : 1;
    return strcmp(left->identity, right->identity);
}

unsigned object_differences(const Object *a, const Object *b)
{
    unsigned differences = 0;
    unsigned count = kind_attribute_count(a->kind);
    for (unsigned i = 0; i < count; i++)
        if (a->values[i] != b->values[i] && g_strcmp0(a->values[i], b->values[i]) != 0)
            differences |= 1U << i;
    return differences & ~object_kinds[a->kind].ignored;
}

bool object_comment_equal(const Object *a, const Object *b)
{
    return g_strcmp0(a->comment, b->comment) == 0;
}

static bool grant_equal(const Grant *a, const Grant *b)
{
    return strcmp(a->grantee, b->grantee) == 0 && strcmp(a->privilege, b->privilege) == 0 &&
           a->revoked == b->revoked && a->grantable == b->grantable;
}

bool object_grants_equal(const Object *a, const Object *b)
{
    unsigned count = a->grants == NULL ? 0 : a->grants->len;
    if (count != (b->grants == NULL ? 0 : b->grants->len))
        return false;
    for (unsigned i = 0; i < count; i++)
        if (!grant_equal(g_ptr_array_index(a->grants, i), g_ptr_array_index(b->grants, i)))
            return false;
    return true;
}
