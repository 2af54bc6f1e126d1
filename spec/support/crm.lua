-- What the specs ask the stand-alone CRM, in one place: a contact as one comparable table.
local crm = {}

-- Empties what webhooks fill (and the sample contacts, one of whom has a fixture's phone number).
function crm.clear(h)
  h:wait_idle()
  h:query [[
    TRUNCATE public.contacts, public.conversations, public.messages, public.contact_labels,
      moonsift.event, moonsift.delivery_key, moonsift.queue, moonsift.outcome, moonsift.held,
      moonsift.decision, moonsift.contact_state, moonsift.contact_ref, moonsift.conversation_ref,
      moonsift.message_ref RESTART IDENTITY CASCADE]]
end

-- The contact that a sender calls `external_id`; nil when there is none.
function crm.contact(h, external_id)
  local row = h:query(([[
    SELECT c.id, coalesce(c.name, '<null>'), coalesce(c.email, '<null>'),
      coalesce(c.phone_number, '<null>'), coalesce(c.identifier, '<null>'),
      coalesce(c.custom_attributes->>'qualification_score', ''),
      coalesce(c.custom_attributes->>'lead_status', ''),
      (SELECT coalesce(string_agg(l.title, ' ' ORDER BY l.title), '')
         FROM public.contact_labels cl JOIN public.labels l ON l.id = cl.label_id
        WHERE cl.contact_id = c.id),
      (SELECT count(*) FROM moonsift.decision d WHERE d.contact_id = c.id)
    FROM moonsift.contact_ref r JOIN public.contacts c ON c.id = r.contact_id
    WHERE r.external_id = '%s']]):format(external_id))[1]
  if not row then return nil end
  return {
    id = row[1], name = row[2], email = row[3], phone = row[4], identifier = row[5],
    score = tonumber(row[6]), status = row[7], labels = row[8], decisions = tonumber(row[9]),
  }
end

-- Rule ids of the last decision about a contact, in order.
function crm.fired(h, id)
  return h:value(([[SELECT array_to_string(fired, ' ') FROM moonsift.decision
    WHERE contact_id = %s ORDER BY id DESC LIMIT 1]]):format(id))
end

function crm.count(h, table_name, where)
  return tonumber(h:value(("SELECT count(*) FROM %s WHERE %s"):format(table_name, where or "true")))
end

-- How the last delivery ended: "done", "skipped" ..., and why.
function crm.outcome(h)
  local rows = h:query [[
    SELECT status, reason FROM moonsift.outcome ORDER BY event_id DESC LIMIT 1]]
  if rows[1] then return rows[1][1], rows[1][2] end
end

return crm
