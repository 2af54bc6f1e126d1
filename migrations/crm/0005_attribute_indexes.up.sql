-- The indexes of the specification's section 5.1. The score goes through the total cast: a query
-- that is to use the index writes moonsift.float_or_null(custom_attributes->>'qualification_score')
-- or asks the view, which does.
-- moonsift: layout stand-alone
CREATE INDEX idx_contacts_custom_attributes
    ON public.contacts USING gin (custom_attributes);
CREATE INDEX idx_contacts_lead_status
    ON public.contacts ((custom_attributes->>'lead_status'));
CREATE INDEX idx_contacts_lead_source
    ON public.contacts ((custom_attributes->>'lead_source'));
CREATE INDEX idx_contacts_qualification_score
    ON public.contacts ((moonsift.float_or_null(custom_attributes->>'qualification_score')) DESC);
CREATE INDEX idx_contacts_instagram_handle
    ON public.contacts ((custom_attributes->>'instagram_handle'));
