-- recruitment v1 as one set-based query. Reads table "src" (id, a jsonb); the view "scored" computes everything, the
-- view "check_line" is README.md's. OFFSET 0 keeps the planner from pulling a stage up and repeating its expressions.
CREATE OR REPLACE FUNCTION b_int(v jsonb) RETURNS bigint LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE s text; m bigint := 1; n numeric;
BEGIN
  IF v IS NULL OR v = 'null' OR v = '""' THEN RETURN NULL; END IF;
  IF jsonb_typeof(v) = 'number' THEN n := floor((v #>> '{}')::numeric); RETURN CASE WHEN n BETWEEN 0 AND 100000000 THEN n ELSE -1 END; END IF;
  IF jsonb_typeof(v) <> 'string' THEN RETURN -1; END IF;
  s := btrim(v #>> '{}', E' \t\r\n');
  IF left(s, 1) = '€' THEN s := btrim(substr(s, 2), E' \t\r\n'); END IF;
  IF right(s, 1) IN ('k', 'K') THEN m := 1000; s := btrim(left(s, -1), E' \t\r\n'); END IF;
  IF s !~ '^[0-9]{1,9}$' THEN -- groups of three, one kind of separator; a third one would be a tenth digit
    IF s !~ '^[0-9]{1,3}([., ])[0-9]{3}(\1[0-9]{3})?$' THEN RETURN -1; END IF;
    s := translate(s, '., ', '');
  END IF;
  RETURN CASE WHEN s::bigint * m <= 100000000 THEN s::bigint * m ELSE -1 END;
END $$;
CREATE OR REPLACE FUNCTION b_date(v jsonb) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE q text[]; m int; d int;
BEGIN
  IF v IS NULL OR v = 'null' OR v = '""' THEN RETURN NULL; END IF;
  q := regexp_match(v #>> '{}', '^([0-9]{4})-([0-9]{2})-([0-9]{2})');
  IF jsonb_typeof(v) <> 'string' OR q IS NULL THEN RETURN -10000000; END IF;
  m := q[2]::int; d := q[3]::int;
  IF m < 1 OR m > 12 OR d < 1 OR d > 31 THEN RETURN -10000000; END IF;
  RETURN make_date(q[1]::int + 400, m, 1) - 146097 - date '1970-01-01' + d - 1; -- 400 years later and back: year 0 is no date to PostgreSQL
END $$;
CREATE OR REPLACE VIEW scored AS
SELECT s5.id, s5.bmin, s5.bmax, s5.urg, s5.job, s5.src, s5.fol, s5.scr, s5.con, s5.brange, s5.p, s5.status, s5.labels, s5.fired,
  (s5.a - '{budget_min,budget_max,urgency_level,job_type_preference,lead_source,follower_count,scraped_date,last_contact_date,budget_range}'::text[])
    || jsonb_strip_nulls(jsonb_build_object('budget_min', s5.bmin, 'budget_max', s5.bmax, 'urgency_level', nullif(s5.urg, ''),
       'job_type_preference', nullif(s5.job, ''), 'lead_source', nullif(s5.src, ''), 'follower_count', s5.fol,
       'scraped_date', CASE WHEN s5.scr IS NOT NULL THEN s5.a->'scraped_date' END,
       'last_contact_date', CASE WHEN s5.con IS NOT NULL THEN s5.a->'last_contact_date' END,
       'budget_range', s5.brange, 'qualification_score', s5.p / 10.0, 'lead_status', s5.status)) AS attrs
FROM (
 SELECT s4.*,
  CASE WHEN a->>'lead_status' = 'customer' THEN 'customer' WHEN p >= 70 AND nerr = 0 THEN 'qualified' WHEN p < 30 THEN 'unqualified' ELSE 'new' END AS status,
  CASE WHEN bmin IS NOT NULL AND bmax IS NOT NULL THEN '€' || bmin / 1000 || '-' || bmax / 1000 || 'k'
       WHEN bmin IS NOT NULL THEN '€' || bmin / 1000 || 'k+' WHEN bmax IS NOT NULL THEN 'up to €' || bmax / 1000 || 'k' END AS brange,
  array_remove(ARRAY[CASE WHEN p >= 70 AND nerr = 0 THEN 'qualified-lead' END, CASE WHEN p < 30 THEN 'unqualified-lead' END,
    CASE WHEN r03 THEN 'hot-lead' END, CASE WHEN r04 THEN 'cold-lead' END, CASE WHEN r08 THEN 'scraped-lead' END, CASE WHEN r09 THEN 'cold-outreach' END,
    CASE WHEN r10 THEN 'responded' END, CASE WHEN r03 AND p >= 80 THEN 'high-priority' END,
    CASE WHEN job = 'interim' THEN 'interim-job-seeker' WHEN job = 'permanent' THEN 'permanent-job-seeker' WHEN job = 'freelance' THEN 'freelance-preference' END,
    CASE WHEN nerr > 0 THEN 'needs-human' ELSE 'ai-handled' END], NULL) AS labels,
  array_remove(ARRAY[CASE WHEN r01 THEN 'R01' END, CASE WHEN r02 THEN 'R02' END, CASE WHEN r03 THEN 'R03' END, CASE WHEN r04 THEN 'R04' END,
    CASE job WHEN 'interim' THEN 'R05' WHEN 'permanent' THEN 'R06' WHEN 'freelance' THEN 'R07' END, CASE WHEN r08 THEN 'R08' END, CASE WHEN r09 THEN 'R09' END,
    CASE WHEN r10 THEN 'R10' END, CASE WHEN r11 THEN 'R11' END, CASE WHEN r12 THEN 'R12' END,
    CASE WHEN p >= 70 AND nerr = 0 THEN 'O1' END, CASE WHEN p < 30 THEN 'O2' END, CASE WHEN r03 AND p >= 80 THEN 'O3' END,
    CASE WHEN nerr > 0 THEN 'O4' ELSE 'O5' END], NULL) AS fired
 FROM (
  SELECT s3.*, greatest(0, least(100, r01::int * 25 + r02::int * 15 + r03::int * 25 - r04::int * 10
     + CASE job WHEN 'interim' THEN 10 WHEN 'permanent' THEN 5 WHEN 'freelance' THEN 10 ELSE 0 END
     - r08::int * 5 + r10::int * 15 + r11::int * 10 + r12::int * 20)) AS p
  FROM (
   SELECT s2.*, coalesce(bmax >= 80000, false) AS r01, coalesce(bmax >= 50000 AND bmax < 80000, false) AS r02, urg = 'high' AS r03, urg = 'low' AS r04,
     src IN ('instagram_scrape', 'linkedin_scrape') AS r08, src IN ('instagram_scrape', 'linkedin_scrape') AND con IS NULL AS r09,
     coalesce(con >= scr AND (date '2025-02-01' - date '1970-01-01') - con <= 90, false) AS r10,
     coalesce(fol >= 10000, false) AS r11, coalesce(a->>'last_intent' = 'job_search', false) AS r12
   FROM (
    SELECT id, a, CASE WHEN imin >= 0 AND imax >= 0 THEN least(imin, imax) WHEN imin >= 0 THEN imin END AS bmin,
      CASE WHEN imin >= 0 AND imax >= 0 THEN greatest(imin, imax) WHEN imax >= 0 THEN imax END AS bmax,
      CASE WHEN eurg IN ('low', 'medium', 'high') THEN eurg ELSE '' END AS urg,
      CASE WHEN ejob IN ('interim', 'permanent', 'freelance') THEN ejob ELSE '' END AS job,
      CASE WHEN esrc IN ('instagram_scrape', 'linkedin_scrape', 'instagram_dm', 'website_form', 'referral') THEN esrc ELSE '' END AS src,
      nullif(ifol, -1) AS fol, nullif(iscr, -10000000) AS scr, nullif(icon, -10000000) AS con,
      coalesce((imin = -1)::int, 0) + coalesce((imax = -1)::int, 0) + coalesce((ifol = -1)::int, 0) + coalesce((iscr = -10000000)::int, 0) + coalesce((icon = -10000000)::int, 0)
      + (eurg NOT IN ('', 'low', 'medium', 'high'))::int + (ejob NOT IN ('', 'interim', 'permanent', 'freelance'))::int
      + (esrc NOT IN ('', 'instagram_scrape', 'linkedin_scrape', 'instagram_dm', 'website_form', 'referral'))::int AS nerr
    FROM (
     SELECT id, a, b_int(a->'budget_min') AS imin, b_int(a->'budget_max') AS imax, b_int(a->'follower_count') AS ifol,
       b_date(a->'scraped_date') AS iscr, b_date(a->'last_contact_date') AS icon,
       CASE WHEN coalesce(a->>'urgency_level', '') = '' THEN '' ELSE coalesce(nullif(lower(btrim(a->>'urgency_level', E' \t\r\n') COLLATE "C"), ''), '?') END AS eurg,
       CASE WHEN coalesce(a->>'job_type_preference', '') = '' THEN '' ELSE coalesce(nullif(lower(btrim(a->>'job_type_preference', E' \t\r\n') COLLATE "C"), ''), '?') END AS ejob,
       CASE WHEN coalesce(a->>'lead_source', '') = '' THEN '' ELSE coalesce(nullif(lower(btrim(a->>'lead_source', E' \t\r\n') COLLATE "C"), ''), '?') END AS esrc
     FROM src OFFSET 0) s1
    OFFSET 0) s2
   OFFSET 0) s3
  OFFSET 0) s4
 OFFSET 0) s5;
CREATE OR REPLACE VIEW check_line AS
SELECT id, concat_ws('|', id, coalesce(bmin::text, ''), coalesce(bmax::text, ''), urg, job, src, coalesce(fol::text, ''), coalesce(scr::text, ''),
  coalesce(con::text, ''), coalesce(brange, ''), p, status, array_to_string(labels, ','), array_to_string(fired, ',')) AS line
FROM scored;
