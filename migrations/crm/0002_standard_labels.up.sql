-- The 14 labels of the specification's section 4.1 for every account: those that exist and, by
-- trigger, those to come. A label of the same title that is already there stays as it is.
-- moonsift: layout stand-alone
CREATE FUNCTION moonsift.standard_labels()
RETURNS TABLE (title text, description text, color text, show_on_sidebar boolean)
LANGUAGE sql IMMUTABLE AS $$
    VALUES
    ('qualified-lead', 'High-quality lead, passed qualification', '#10b981', true),
    ('unqualified-lead', 'Does not meet qualification criteria', '#ef4444', true),
    ('hot-lead', 'High urgency, immediate follow-up needed', '#f59e0b', true),
    ('cold-lead', 'Low engagement, nurture campaign', '#6b7280', true),
    ('scraped-lead', 'Lead from Instagram/LinkedIn scraping', '#8b5cf6', true),
    ('cold-outreach', 'Not yet contacted, pending outreach', '#ec4899', true),
    ('responded', 'Lead responded to outreach', '#14b8a6', true),
    ('high-priority', 'Urgent issue, needs immediate attention', '#dc2626', true),
    ('vip-customer', 'High-value customer, premium treatment', '#facc15', true),
    ('interim-job-seeker', 'Looking for interim/contract work', '#3b82f6', false),
    ('permanent-job-seeker', 'Looking for permanent employment', '#0ea5e9', false),
    ('freelance-preference', 'Prefers freelance/project work', '#06b6d4', false),
    ('needs-human', 'AI escalated to human agent', '#f97316', true),
    ('ai-handled', 'Successfully handled by AI', '#22c55e', false)
$$;

CREATE FUNCTION moonsift.add_standard_labels() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO public.labels (account_id, title, description, color, show_on_sidebar)
    SELECT NEW.id, s.title, s.description, s.color, s.show_on_sidebar
    FROM moonsift.standard_labels() s
    ON CONFLICT (title, account_id) DO NOTHING;
    RETURN NULL;
END
$$;

CREATE TRIGGER add_standard_labels AFTER INSERT ON public.accounts
    FOR EACH ROW EXECUTE FUNCTION moonsift.add_standard_labels();

INSERT INTO public.labels (account_id, title, description, color, show_on_sidebar)
SELECT a.id, s.title, s.description, s.color, s.show_on_sidebar
FROM public.accounts a CROSS JOIN moonsift.standard_labels() s
ON CONFLICT (title, account_id) DO NOTHING;
