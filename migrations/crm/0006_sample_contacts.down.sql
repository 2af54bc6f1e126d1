-- Takes back the samples that nobody touched: same values, never updated, no label, no
-- conversation. A sample that was worked with has become somebody's contact.
-- moonsift: layout stand-alone
DELETE FROM public.contacts c
USING moonsift.sample_contacts() s
WHERE c.account_id = 1
  AND c.name = s.name
  AND c.email = s.email
  AND c.phone_number = s.phone_number
  AND c.custom_attributes = s.custom_attributes
  AND c.updated_at = c.created_at
  AND NOT EXISTS (SELECT FROM public.contact_labels l WHERE l.contact_id = c.id)
  AND NOT EXISTS (SELECT FROM public.conversations v WHERE v.contact_id = c.id);

DROP FUNCTION moonsift.sample_contacts();
