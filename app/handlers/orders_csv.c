/*
 * Orders as CSV, however many: an endpoint in C whose answer streams.
 *
 * The rows come in pieces, and no more of them than the client takes.
 */
#include <retort.h>

#include <stdlib.h>
#include <string.h>

static const char endpoint[] =
    "-- GET /orders.csv\n"
    "-- summary: All orders since a day, as CSV.\n"
    "-- tags: orders\n"
    "-- lane: slow\n"
    "-- deadline: 600s\n"
    "-- returns: many\n"
    "SELECT orders.id, customer.email, orders.state, orders.placed_at, order_total.total\n"
    "  FROM orders\n"
    "  JOIN customer ON customer.id = orders.customer_id\n"
    "  LEFT JOIN order_total ON order_total.order_id = orders.id\n"
    " WHERE orders.placed_at >= coalesce(:since?::date, '-infinity')\n"
    " ORDER BY orders.id;";

/* One value, quoted where RFC 4180 wants it; NULL is nothing. */
static void write_value(RetortRequest *request, const char *value, size_t length)
{
    if (value == NULL)
        return;
    if (strpbrk(value, ",\"\r\n") == NULL) {
        retort_write(request, value, length);
        return;
    }
    retort_write(request, "\"", 1);
    for (const char *at = value; *at != '\0';) {
        size_t part = strcspn(at, "\"");
        retort_write(request, at, part);
        if (at[part] == '"') {
            retort_write(request, "\"\"", 2);
            part++;
        }
        at += part;
    }
    retort_write(request, "\"", 1);
}

static void write_names(RetortRequest *request, const RetortRows *rows)
{
    for (unsigned column = 0; column < retort_column_count(rows); column++) {
        const char *name = retort_column_name(rows, column);
        if (column > 0)
            retort_write(request, ",", 1);
        write_value(request, name, strlen(name));
    }
    retort_write(request, "\r\n", 2);
}

static void write_rows(RetortRequest *request, const RetortRows *rows, void *data)
{
    bool *begun = data;
    if (!*begun) {
        *begun = true;
        retort_begin(request, 200, "text/csv; charset=utf-8; header=present");
        write_names(request, rows);
    }
    for (size_t row = 0; row < retort_row_count(rows); row++) {
        for (unsigned column = 0; column < retort_column_count(rows); column++) {
            size_t length = 0;
            const char *value = retort_value(rows, row, column, &length);
            if (column > 0)
                retort_write(request, ",", 1);
            write_value(request, value, length);
        }
        retort_write(request, "\r\n", 2);
    }
}

static void end(RetortRequest *request, const RetortRows *rows, void *data)
{
    write_rows(request, rows, data); /* the head, if there was no order at all */
    retort_end(request);
}

static void export_orders(RetortRequest *request, void *data)
{
    (void)data;
    bool *begun = calloc(1, sizeof *begun);
    if (begun == NULL) {
        retort_refuse(request, 500, NULL);
        return;
    }
    retort_on_end(request, free, begun);
    retort_add_header(request, "Content-Disposition", "attachment; filename=\"orders.csv\"");
    retort_stream(request, write_rows, end, begun);
}

int main(int argc, char **argv)
{
    Retort *retort = retort_new();
    retort_add(retort, endpoint, export_orders, NULL);
    return retort_main(retort, argc, argv);
}
