-- Takes back the indexes.
-- moonsift: layout stand-alone
DROP INDEX public.idx_contacts_instagram_handle;
DROP INDEX public.idx_contacts_qualification_score;
DROP INDEX public.idx_contacts_lead_source;
DROP INDEX public.idx_contacts_lead_status;
DROP INDEX public.idx_contacts_custom_attributes;
