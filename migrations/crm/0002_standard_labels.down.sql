-- Takes back the standard labels, except those that somebody edited or that a contact carries:
-- they are in use and no longer only ours.
-- moonsift: layout stand-alone
DELETE FROM public.labels l
USING moonsift.standard_labels() s
WHERE l.title = s.title
  AND l.description = s.description
  AND l.color = s.color
  AND l.show_on_sidebar = s.show_on_sidebar
  AND l.updated_at = l.created_at
  AND NOT EXISTS (SELECT FROM public.contact_labels c WHERE c.label_id = l.id);

DROP TRIGGER add_standard_labels ON public.accounts;
DROP FUNCTION moonsift.add_standard_labels();
DROP FUNCTION moonsift.standard_labels();
