-- Takes back the view.
-- moonsift: layout stand-alone
DROP VIEW public.contact_attributes_view;
