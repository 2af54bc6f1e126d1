/* Which vertical judges a contact (DESIGN 4.9). */
#include "flow/batch.h"

const ms_route_source *ms_routes_source(const ms_routes *routes, ms_str name)
{
    for (size_t i = 0; i < routes->n_sources; i++)
        if (ms_str_eq(routes->sources[i].name, name))
            return &routes->sources[i];
    return NULL;
}

static const ms_route_account *account_of(const ms_routes *routes, int64_t id)
{
    for (size_t i = 0; i < routes->n_accounts; i++)
        if (routes->accounts[i].id == id)
            return &routes->accounts[i];
    return NULL;
}

ms_str ms_routes_vertical(const ms_routes *routes, const ms_route_source *source,
                          int64_t account_id, int64_t inbox_id, bool *fixed)
{
    const ms_route_account *account = account_of(routes, account_id);
    *fixed = true;
    if (source && source->vertical.p)
        return source->vertical;
    for (size_t i = 0; account && inbox_id && i < account->n_inboxes; i++)
        if (account->inboxes[i].id == inbox_id)
            return account->inboxes[i].vertical;
    *fixed = false;
    return account ? account->vertical : MS_NONE;
}
