/* YARA's module cuckoo: what a sandbox saw of the file, from its report in JSON, which the owner
 * gave (candor yara -x). A sandbox wrote the report about what malware did, so every byte is
 * hostile. Which members are read, and how: YARA 4.5's documentation, and observed of 4.5.2.
 *
 * The lists are made when the module is loaded; the item of each function holds its own. */
#include "jail/facts/fact_build.h"
#include "jail/facts/json.h"
#include "jail/facts/modules.h"

enum cuckoo_part { CUCKOO_NETWORK, CUCKOO_REGISTRY, CUCKOO_FILESYSTEM, CUCKOO_SYNC };
enum network_function {
    DNS,
    HTTP_GET,
    HTTP_POST,
    HTTP_REQUEST,
    USER_AGENT,
    HOST,
    TCP,
    UDP,
    NETWORK
};

struct report_load {
    struct object *object;
    struct arena *arena;
    uint32_t rows;
    bool bad; /* out of memory */
};

/* --- loading --- */

/* A C string, as YARA's: it ends at a NUL. */
static bool text_of(struct report_load *l, struct span value, struct span *out)
{
    struct span all;
    if (!json_text(value, l->arena, &all, &l->bad))
        return false;
    *out = span_cut(all, 0, span_find_byte(all, 0, 0));
    return true;
}

static bool member_text(struct report_load *l, struct span object, const char *name,
                        struct span *out)
{
    return text_of(l, json_get(object, span_text(name)), out);
}

static struct fact *add(struct report_load *l, struct fact_list *list)
{
    if (l->rows >= LIMIT_CUCKOO_ROWS) {
        l->object->source.facts_cut = true;
        return NULL;
    }
    l->rows++;
    struct fact *f = fact_list_add(list);
    l->bad = l->bad || !f;
    return f;
}

static void add_text(struct report_load *l, struct fact_list *list, struct span text)
{
    struct fact *f = add(l, list);
    if (f)
        fact_set_span(f, text);
}

/* An array of texts: files, keys, mutexes, hosts. */
static void load_texts(struct report_load *l, struct span array, struct fact *out)
{
    struct fact_list list = fact_list_new(l->arena, NULL);
    struct json_items items = json_items(array);
    struct span value, text;
    while (json_next(&items, &value))
        if (text_of(l, value, &text))
            add_text(l, &list, text);
    fact_list_end(&list, out);
}

/* New reports have `domains`; old ones `dns` only, with another name inside. */
static void load_dns(struct report_load *l, struct span network, struct fact *out)
{
    struct span array = json_get(network, SPAN_OF("domains")), value, name, ip;
    const char *field = array.len > 0 ? "domain" : "hostname";
    if (array.len == 0)
        array = json_get(network, SPAN_OF("dns"));
    struct fact_list list = fact_list_new(l->arena, NULL);
    struct json_items items = json_items(array);
    while (json_next(&items, &value))
        if (member_text(l, value, "ip", &ip) && member_text(l, value, field, &name))
            add_text(l, &list, name);
    fact_list_end(&list, out);
}

static void load_http(struct report_load *l, struct span network, struct fact *functions)
{
    static const char *const methods[] = {[HTTP_GET] = "get", [HTTP_POST] = "post"};
    struct fact_list lists[NETWORK], *agents = &lists[USER_AGENT];
    for (int i = HTTP_GET; i <= USER_AGENT; i++)
        lists[i] = fact_list_new(l->arena, NULL);
    struct json_items items = json_items(json_get(network, SPAN_OF("http")));
    struct span value, uri, method, agent;
    while (json_next(&items, &value)) {
        bool has = member_text(l, value, "uri", &uri) && member_text(l, value, "method", &method);
        for (int i = HTTP_GET; has && i <= HTTP_POST; i++)
            if (span_equal_nocase(method, span_text(methods[i]))) {
                add_text(l, &lists[i], uri);
                add_text(l, &lists[HTTP_REQUEST], uri);
            }
        if (member_text(l, value, "user-agent", &agent))
            add_text(l, agents, agent);
    }
    for (int i = HTTP_GET; i <= USER_AGENT; i++)
        fact_list_end(&lists[i], &functions[i]);
}

/* Addresses and ports, one behind the other. Ports are C's int there: wider numbers are cut. */
static void load_flows(struct report_load *l, struct span array, struct fact *out)
{
    struct fact_list list = fact_list_new(l->arena, NULL);
    struct json_items items = json_items(array);
    struct span value, address;
    int64_t port;
    while (json_next(&items, &value)) {
        if (!json_int(json_get(value, SPAN_OF("dport")), &port) ||
            !member_text(l, value, "dst", &address))
            continue;
        add_text(l, &list, address);
        struct fact *f = add(l, &list);
        if (f)
            fact_set_int(f, (int32_t)(uint32_t)port);
    }
    fact_list_end(&list, out);
}

static bool load(struct object *o, struct arena *a, struct fact *root, struct span data)
{
    struct report_load l = {.object = o, .arena = a};
    if (data.len == 0)
        return true;
    struct span report = json_root(data), network = json_get(report, SPAN_OF("network"));
    struct span summary = json_get(json_get(report, SPAN_OF("behavior")), SPAN_OF("summary"));
    struct fact *functions = fact_item(root, CUCKOO_NETWORK)->list.items;
    load_dns(&l, network, &functions[DNS]);
    load_http(&l, network, functions);
    load_texts(&l, json_get(network, SPAN_OF("hosts")), &functions[HOST]);
    load_flows(&l, json_get(network, SPAN_OF("tcp")), &functions[TCP]);
    load_flows(&l, json_get(network, SPAN_OF("udp")), &functions[UDP]);
    load_texts(&l, json_get(summary, SPAN_OF("keys")),
               fact_item(root, CUCKOO_REGISTRY)->list.items);
    load_texts(&l, json_get(summary, SPAN_OF("files")),
               fact_item(root, CUCKOO_FILESYSTEM)->list.items);
    load_texts(&l, json_get(summary, SPAN_OF("mutexes")), fact_item(root, CUCKOO_SYNC)->list.items);
    return !l.bad;
}

/* --- asking --- */

static struct fact any_text(struct module_call *c, uint32_t function)
{
    const struct fact *list = fact_item(c->self, function);
    for (uint32_t i = 0; list->kind == FACT_ARRAY && i < list->list.count; i++)
        if (c->matches_past(c, c->args[0].s, list->list.items[i].s))
            return fact_of_int(1);
    return fact_of_int(0);
}

static struct fact any_flow(struct module_call *c, uint32_t function)
{
    const struct fact *list = fact_item(c->self, function);
    for (uint32_t i = 0; list->kind == FACT_ARRAY && i + 1 < list->list.count; i += 2)
        if (list->list.items[i + 1].i == c->args[1].i &&
            c->matches_past(c, c->args[0].s, list->list.items[i].s))
            return fact_of_int(1);
    return fact_of_int(0);
}

#define ASK(name, how, index)                                                                      \
    static struct fact name(struct module_call *c)                                                 \
    {                                                                                              \
        return how(c, index);                                                                      \
    }
ASK(dns_lookup, any_text, DNS)
ASK(http_get, any_text, HTTP_GET)
ASK(http_post, any_text, HTTP_POST)
ASK(http_request, any_text, HTTP_REQUEST)
ASK(http_user_agent, any_text, USER_AGENT)
ASK(host, any_text, HOST)
ASK(tcp, any_flow, TCP)
ASK(udp, any_flow, UDP)
ASK(only_one, any_text, 0)

#define ROW(name, arguments, function, text)                                                       \
    {                                                                                              \
        name, FACT_FUNCTION, .signature = arguments, .call = (function), .doc = (text)             \
    }
static const struct field network[] = {
    ROW("dns_lookup", "r>i", dns_lookup, "1 when a name that was looked up matches"),
    ROW("http_get", "r>i", http_get, "1 when the address of a GET request matches"),
    ROW("http_post", "r>i", http_post, "the same of POST requests"),
    ROW("http_request", "r>i", http_request, "the same of both"),
    ROW("http_user_agent", "r>i", http_user_agent, "1 when a request's user agent matches"),
    ROW("host", "r>i", host, "1 when the address of a host that was contacted matches"),
    ROW("tcp", "ri>i", tcp, "1 when a connection to this port had an address that matches"),
    ROW("udp", "ri>i", udp, "the same of UDP"),
    {.name = NULL},
};
static const struct field registry[] = {
    ROW("key_access", "r>i", only_one, "1 when a registry key that was used matches"),
    {.name = NULL},
};
static const struct field filesystem[] = {
    ROW("file_access", "r>i", only_one, "1 when the path of a file that was used matches"),
    {.name = NULL},
};
static const struct field sync[] = {
    ROW("mutex", "r>i", only_one, "1 when the name of a mutex that was used matches"),
    {.name = NULL},
};
static const struct field fields[] = {
    [CUCKOO_NETWORK] = {"network", FACT_STRUCT, network, .doc = "what went over the network"},
    [CUCKOO_REGISTRY] = {"registry", FACT_STRUCT, registry, .doc = "Windows' registry"},
    [CUCKOO_FILESYSTEM] = {"filesystem", FACT_STRUCT, filesystem, .doc = "files"},
    [CUCKOO_SYNC] = {"sync", FACT_STRUCT, sync, .doc = "mutexes"},
    {.name = NULL},
};

const struct module module_cuckoo = {
    .name = "cuckoo", .fields = fields, .load = load, .data_fault = json_fault};
