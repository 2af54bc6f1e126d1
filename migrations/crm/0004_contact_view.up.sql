-- The view of the specification's section 4.2, for people and reports: the common attributes as
-- columns. It can be read whatever a contact's attributes hold. account_id is added at the end,
-- because one database serves several accounts.
-- moonsift: layout stand-alone
CREATE VIEW public.contact_attributes_view AS
SELECT
    c.id AS contact_id,
    c.name,
    c.email,
    c.phone_number,
    c.custom_attributes->>'lead_status' AS lead_status,
    c.custom_attributes->>'lead_source' AS lead_source,
    c.custom_attributes->>'urgency_level' AS urgency_level,
    c.custom_attributes->>'job_type_preference' AS job_type,
    c.custom_attributes->>'budget_range' AS budget_range,
    moonsift.float_or_null(c.custom_attributes->>'qualification_score') AS qualification_score,
    c.custom_attributes->>'ai_summary' AS ai_summary,
    c.custom_attributes->>'instagram_handle' AS instagram_handle,
    moonsift.int_or_null(c.custom_attributes->>'follower_count') AS follower_count,
    c.custom_attributes->>'last_contact_date' AS last_contact_date,
    c.custom_attributes AS all_attributes,
    c.created_at,
    c.updated_at,
    c.account_id
FROM public.contacts c;
