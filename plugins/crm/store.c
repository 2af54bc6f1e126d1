/*
 * Inboxes, conversations and messages as the senders tell them. Every statement can run again: rows
 * are found by the sender's own ids in moonsift.conversation_ref and message_ref.
 */
#include "crm.h"

/* Leaves the sequence room; an id beyond it counts as unknown. */
#define INBOX_ID_MAX "2000000000"
#define TIME_OF(column) "(timestamptz 'epoch' + " column " * interval '1 microsecond')"

/* ---- inboxes -------------------------------------------------------------------------------- */

/* Ids from outside must not be handed out again. */
static const char inbox_ids_sql[] =
    "SELECT setval('public.inboxes_id_seq', m.id) FROM ("
    " SELECT max(r.id) AS id FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[])"
    "  AS r(account_id, id, name, channel) WHERE r.id BETWEEN 1 AND " INBOX_ID_MAX
    ") m, public.inboxes_id_seq s WHERE m.id >= s.last_value + s.is_called::int";

/* A bare row under the sender's id. Two senders may both have an inbox 3: where the id belongs to
 * another account already (or is no id of ours), the row gets one of its own and is found by its
 * name, "Inbox 3", so that no conversation ends up in somebody else's inbox. */
static const char inboxes_sql[] =
    "WITH given AS ("
    " SELECT DISTINCT ON (account_id, id) account_id, id, name, channel"
    " FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[]) WITH ORDINALITY"
    "  AS r(account_id, id, name, channel, ord)"
    " ORDER BY account_id, id, name IS NULL, ord DESC"
    "), placed AS ("
    " SELECT g.*, 'Inbox ' || g.id AS bare, g.id NOT BETWEEN 1 AND " INBOX_ID_MAX
    "   OR row_number() OVER (PARTITION BY g.id ORDER BY g.account_id) > 1"
    "   OR EXISTS (SELECT FROM public.inboxes i WHERE i.id = g.id AND i.account_id <> g.account_id)"
    "   AS taken"
    " FROM given g"
    ")"
    " INSERT INTO public.inboxes (id, account_id, name, channel_type)"
    " SELECT CASE WHEN taken THEN nextval('public.inboxes_id_seq') ELSE id END, account_id,"
    "  CASE WHEN taken THEN bare ELSE coalesce(left(nullif(name, ''), 255), bare) END,"
    "  coalesce(left(channel, 50), 'Channel::Api')"
    " FROM placed p WHERE NOT EXISTS (SELECT FROM public.inboxes i"
    "  WHERE i.account_id = p.account_id AND (i.id = p.id OR (p.taken AND i.name = p.bare)))"
    " ON CONFLICT (id) DO NOTHING";

/* Conversations do not say their inbox's name, messages do. */
static const char inbox_names_sql[] =
    "UPDATE public.inboxes i SET name = left(r.name, 255)"
    " FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[])"
    "  AS r(account_id, id, name, channel)"
    " WHERE i.id = r.id AND i.account_id = r.account_id AND i.name = 'Inbox ' || i.id"
    "  AND r.name <> ''";

/* ---- conversations -------------------------------------------------------------------------- */

/* clang-format off */
/* The newest mention of each conversation, with its inbox. */
#define TOLD_CONVERSATIONS                                                                         \
    "WITH told AS ("                                                                               \
    " SELECT DISTINCT ON (account_id, source, external_id) account_id, source, external_id,"       \
    "  contact_id, status, additional::jsonb AS additional, i.id AS inbox_id,"                     \
    "  coalesce(" TIME_OF("updated") ", now()) AS updated_at,"                                     \
    "  " TIME_OF("created") " AS created_at,"                                                      \
    "  " TIME_OF("activity") " AS last_activity_at"                                                \
    " FROM unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::text[],"   \
    "  $7::text[], $8::bigint[], $9::bigint[], $10::bigint[]) WITH ORDINALITY"                     \
    "  AS r(account_id, source, external_id, contact_id, inbox, status, additional, created,"      \
    "   activity, updated, ord)"                                                                   \
    " CROSS JOIN LATERAL (SELECT i.id FROM public.inboxes i WHERE i.account_id = r.account_id"     \
    "  AND (i.id = r.inbox OR i.name = 'Inbox ' || r.inbox)"                                       \
    "  ORDER BY i.id = r.inbox DESC, i.id LIMIT 1) i"                                              \
    " ORDER BY account_id, source, external_id, updated DESC NULLS LAST, ord DESC"                 \
    ")"
/* clang-format on */

/* A conversation that somebody deleted and that goes on is made anew. */
static const char new_conversations_sql[] = TOLD_CONVERSATIONS
    ", fresh AS ("
    " SELECT t.*, nextval('public.conversations_id_seq') AS id FROM told t"
    " WHERE NOT EXISTS (SELECT FROM moonsift.conversation_ref r"
    "  JOIN public.conversations c ON c.id = r.conversation_id"
    "  WHERE r.account_id = t.account_id AND r.source = t.source"
    "   AND r.external_id = t.external_id)"
    "), made AS ("
    " INSERT INTO public.conversations (id, contact_id, inbox_id, account_id, status,"
    "  additional_attributes, created_at, updated_at, last_activity_at)"
    " SELECT id, contact_id, inbox_id, account_id, coalesce(status, 'open'),"
    "  coalesce(additional, '{}'), coalesce(created_at, updated_at), updated_at,"
    "  coalesce(last_activity_at, created_at, updated_at) FROM fresh"
    ")"
    " INSERT INTO moonsift.conversation_ref (account_id, source, external_id, conversation_id)"
    " SELECT account_id, source, external_id, id FROM fresh"
    " ON CONFLICT (account_id, source, external_id)"
    "  DO UPDATE SET conversation_id = EXCLUDED.conversation_id";

static const char conversations_sql[] = TOLD_CONVERSATIONS
    " UPDATE public.conversations c SET inbox_id = t.inbox_id, updated_at = t.updated_at,"
    "  contact_id = coalesce(t.contact_id, c.contact_id), status = coalesce(t.status, c.status),"
    "  additional_attributes = coalesce(t.additional, c.additional_attributes),"
    "  last_activity_at = greatest(t.last_activity_at, c.last_activity_at)"
    " FROM told t JOIN moonsift.conversation_ref r USING (account_id, source, external_id)"
    " WHERE c.id = r.conversation_id AND t.updated_at >= c.updated_at"
    "  AND (c.inbox_id, c.updated_at, c.contact_id, c.status, c.additional_attributes,"
    "   c.last_activity_at) IS DISTINCT FROM (t.inbox_id, t.updated_at,"
    "   coalesce(t.contact_id, c.contact_id), coalesce(t.status, c.status),"
    "   coalesce(t.additional, c.additional_attributes),"
    "   greatest(t.last_activity_at, c.last_activity_at))";

/* ---- messages ------------------------------------------------------------------------------- */

#define STATUSES "ARRAY['sent', 'delivered', 'read', 'failed']"

/* clang-format off */
/* The newest mention of each message; its status is the furthest that any mention names, for a
 * message that was read does not become unread, and one that failed stays so. */
#define TOLD_MESSAGES                                                                              \
    "WITH told AS ("                                                                               \
    " SELECT DISTINCT ON (account_id, source, external_id) account_id, source, conversation,"      \
    "  external_id, content, message_type, left(content_type, 50) AS content_type,"                \
    "  attributes::jsonb AS attributes, sender_type, sender_id,"                                   \
    "  left(source_id, 255) AS source_id,"                                                         \
    "  coalesce(" TIME_OF("updated") ", now()) AS updated_at,"                                     \
    "  " TIME_OF("created") " AS created_at,"                                                      \
    "  max(array_position(" STATUSES ", status))"                                                  \
    "   OVER (PARTITION BY account_id, source, external_id) AS rank"                               \
    " FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],"       \
    "  $7::text[], $8::text[], $9::text[], $10::bigint[], $11::text[], $12::text[],"               \
    "  $13::bigint[], $14::bigint[]) WITH ORDINALITY AS r(account_id, source, conversation,"       \
    "   external_id, content, message_type, content_type, attributes, sender_type, sender_id,"     \
    "   status, source_id, created, updated, ord)"                                                 \
    " ORDER BY account_id, source, external_id, updated DESC NULLS LAST, ord DESC"                 \
    ")"
/* clang-format on */

/* A message that has a reference and no row was deleted by somebody: it stays away. */
static const char new_messages_sql[] = TOLD_MESSAGES
    ", fresh AS ("
    " SELECT t.*, c.id AS conversation_id, nextval('public.messages_id_seq') AS id FROM told t"
    " JOIN moonsift.conversation_ref r ON r.account_id = t.account_id AND r.source = t.source"
    "  AND r.external_id = t.conversation"
    " JOIN public.conversations c ON c.id = r.conversation_id"
    " WHERE NOT EXISTS (SELECT FROM moonsift.message_ref m WHERE m.account_id = t.account_id"
    "  AND m.source = t.source AND m.external_id = t.external_id)"
    "), made AS ("
    " INSERT INTO public.messages (id, conversation_id, account_id, content, message_type,"
    "  content_type, content_attributes, sender_type, sender_id, status, source_id, created_at,"
    "  updated_at)"
    " SELECT id, conversation_id, account_id, content, message_type,"
    "  coalesce(content_type, 'text'), coalesce(attributes, '{}'), sender_type, sender_id,"
    "  (" STATUSES ")[coalesce(rank, 1)], source_id, coalesce(created_at, updated_at), updated_at"
    " FROM fresh"
    ")"
    " INSERT INTO moonsift.message_ref (account_id, source, external_id, message_id, updated_at)"
    " SELECT account_id, source, external_id, id, updated_at FROM fresh";

static const char messages_sql[] = TOLD_MESSAGES
    ", known AS ("
    " SELECT t.*, m.id, t.updated_at >= coalesce(r.updated_at, '-infinity') AS newer,"
    "  (" STATUSES ")[greatest(t.rank, array_position(" STATUSES ", m.status::text))] AS status"
    " FROM told t JOIN moonsift.message_ref r USING (account_id, source, external_id)"
    " JOIN public.messages m ON m.id = r.message_id"
    "), final AS ("
    " SELECT k.id, k.status, m.updated_at AS stood,"
    "  CASE WHEN newer THEN k.updated_at ELSE m.updated_at END AS updated_at,"
    "  CASE WHEN newer THEN coalesce(k.content, m.content) ELSE m.content END AS content,"
    "  CASE WHEN newer THEN coalesce(k.content_type, m.content_type) ELSE m.content_type END"
    "   AS content_type,"
    "  CASE WHEN newer THEN coalesce(k.attributes, m.content_attributes)"
    "   ELSE m.content_attributes END AS attributes,"
    "  coalesce(m.sender_type, k.sender_type) AS sender_type,"
    "  coalesce(m.sender_id, k.sender_id) AS sender_id,"
    "  CASE WHEN newer THEN coalesce(k.source_id, m.source_id) ELSE m.source_id END AS source_id"
    " FROM known k JOIN public.messages m ON m.id = k.id"
    "), changed AS ("
    " UPDATE public.messages m SET status = f.status, updated_at = f.updated_at,"
    "  content = f.content, content_type = f.content_type, content_attributes = f.attributes,"
    "  sender_type = f.sender_type, sender_id = f.sender_id, source_id = f.source_id"
    " FROM final f WHERE m.id = f.id AND (m.status, m.updated_at, m.content, m.content_type,"
    "  m.content_attributes, m.sender_type, m.sender_id, m.source_id) IS DISTINCT FROM (f.status,"
    "  f.updated_at, f.content, f.content_type, f.attributes, f.sender_type, f.sender_id,"
    "  f.source_id)"
    ")"
    " UPDATE moonsift.message_ref r SET updated_at = k.updated_at FROM known k"
    " WHERE r.account_id = k.account_id AND r.source = k.source AND r.external_id = k.external_id"
    "  AND k.newer AND r.updated_at IS DISTINCT FROM k.updated_at";

/* ---- rows ----------------------------------------------------------------------------------- */

static int64_t first_known(int64_t a, int64_t b, int64_t c)
{
    return a ? a : b ? b : c;
}

static int64_t stored_contact(const ms_crm_event *e, int32_t contact)
{
    return contact >= 0 ? e->contact_ids[contact] : 0;
}

static void fill_conversations(const ms_crm_columns *inboxes, const ms_crm_columns *conversations,
                               const ms_crm_event *events, size_t n)
{
    size_t row = 0;
    for (size_t i = 0; i < n; i++) {
        const ms_event *e = events[i].event;
        for (uint32_t k = 0; k < e->n_conversations; k++, row++) {
            const ms_event_conversation *c = &e->conversations[k];
            ms_crm_columns_row(inboxes, row,
                               (ms_value[]){ms_int(e->account_id), ms_int(c->inbox_id),
                                            ms_string_or_null(c->inbox_name),
                                            ms_string_or_null(c->channel)});
            ms_crm_columns_row(
                conversations, row,
                (ms_value[]){
                    ms_int(e->account_id),
                    ms_string_or_null(events[i].source),
                    ms_string_or_null(c->external_id),
                    ms_crm_int(stored_contact(&events[i], c->contact)),
                    ms_int(c->inbox_id),
                    ms_string_or_null(c->status),
                    ms_string_or_null(c->additional),
                    ms_crm_int(c->created_at),
                    ms_crm_int(c->last_activity_at),
                    ms_crm_int(first_known(c->updated_at, c->last_activity_at, e->source_time)),
                });
        }
    }
}

static void fill_messages(const ms_crm_columns *messages, const ms_crm_event *events, size_t n)
{
    size_t row = 0;
    for (size_t i = 0; i < n; i++) {
        const ms_event *e = events[i].event;
        for (uint32_t k = 0; k < e->n_messages; k++) {
            const ms_event_message *m = &e->messages[k];
            ms_str conversation = e->conversations[m->conversation].external_id;
            ms_crm_columns_row(
                messages, row++,
                (ms_value[]){
                    ms_int(e->account_id),
                    ms_string_or_null(events[i].source),
                    ms_string_or_null(conversation),
                    ms_string_or_null(m->external_id),
                    ms_string_or_null(m->content),
                    ms_string_or_null(m->message_type),
                    ms_string_or_null(m->content_type),
                    ms_string_or_null(m->content_attributes),
                    ms_string_or_null(m->sender_type),
                    ms_crm_int(stored_contact(&events[i], m->sender_contact)),
                    ms_string_or_null(m->status),
                    ms_string_or_null(m->source_id),
                    ms_crm_int(m->created_at),
                    ms_crm_int(first_known(m->updated_at, e->source_time, m->created_at)),
                });
        }
    }
}

static ms_status store_conversations(ms_plugin *self, ms_arena *arena, const ms_crm_event *events,
                                     size_t n, size_t rows, ms_statements *out, ms_error *err)
{
    ms_crm_columns inboxes, conversations;
    ms_status status = ms_crm_columns_new(&inboxes, self, arena, rows, 4, err);
    if (status == MS_OK)
        status = ms_crm_columns_new(&conversations, self, arena, rows, 10, err);
    if (status != MS_OK)
        return status;
    fill_conversations(&inboxes, &conversations, events, n);
    const struct {
        const ms_crm_columns *columns;
        const char *sql;
    } steps[] = {
        {&inboxes, inbox_ids_sql},           {&inboxes, inboxes_sql},
        {&inboxes, inbox_names_sql},         {&conversations, new_conversations_sql},
        {&conversations, conversations_sql},
    };
    for (size_t i = 0; i < sizeof steps / sizeof *steps && status == MS_OK; i++)
        status = ms_crm_columns_append(steps[i].columns, steps[i].sql, out, err);
    return status;
}

static ms_status store_messages(ms_plugin *self, ms_arena *arena, const ms_crm_event *events,
                                size_t n, size_t rows, ms_statements *out, ms_error *err)
{
    ms_crm_columns messages;
    ms_status status = ms_crm_columns_new(&messages, self, arena, rows, 14, err);
    if (status != MS_OK)
        return status;
    fill_messages(&messages, events, n);
    status = ms_crm_columns_append(&messages, new_messages_sql, out, err);
    return status == MS_OK ? ms_crm_columns_append(&messages, messages_sql, out, err) : status;
}

ms_status ms_crm_store(ms_plugin *self, ms_arena *arena, const ms_crm_event *events, size_t n,
                       ms_statements *out, ms_error *err)
{
    size_t conversations = 0, messages = 0;
    ms_status status = MS_OK;
    for (size_t i = 0; i < n; i++) {
        conversations += events[i].event->n_conversations;
        messages += events[i].event->n_messages;
    }
    if (conversations)
        status = store_conversations(self, arena, events, n, conversations, out, err);
    if (status == MS_OK && messages)
        status = store_messages(self, arena, events, n, messages, out, err);
    return status;
}
