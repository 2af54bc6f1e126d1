-- The three contacts of the specification's section 4.4, so that there is something to look at.
-- Only where account 1 has no contact yet: never beside real ones.
-- moonsift: layout stand-alone
CREATE FUNCTION moonsift.sample_contacts()
RETURNS TABLE (name text, email text, phone_number text, custom_attributes jsonb)
LANGUAGE sql IMMUTABLE AS $$
    VALUES
    ('John Tech', 'john@techstartup.com', '+31612345678', jsonb
     '{"lead_status": "qualified", "lead_source": "website_form", "job_type_preference": "interim",
       "budget_min": 70000, "budget_max": 90000, "urgency_level": "high",
       "qualification_score": 8.5,
       "ai_summary": "Experienced tech professional seeking interim roles"}'),
    ('Sarah Designer', 'sarah@creativeagency.com', '+31687654321', jsonb
     '{"lead_status": "qualified", "lead_source": "instagram_scrape",
       "instagram_handle": "@sarahdesigns", "follower_count": 25000, "niche": "design",
       "job_type_preference": "freelance", "urgency_level": "medium", "qualification_score": 7.8}'),
    ('Mike Customer', 'mike@example.com', '+31698765432', jsonb
     '{"lead_status": "customer", "lead_source": "instagram_dm", "product_interest": "sneakers",
       "size_preference": "42", "order_count": 3, "total_spent": 450.00, "vip_status": true}')
$$;

INSERT INTO public.contacts (account_id, name, email, phone_number, custom_attributes)
SELECT a.id, s.name, s.email, s.phone_number, s.custom_attributes
FROM public.accounts a CROSS JOIN moonsift.sample_contacts() s
WHERE a.id = 1 AND NOT EXISTS (SELECT FROM public.contacts c WHERE c.account_id = 1);
