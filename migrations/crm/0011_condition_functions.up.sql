-- What conditions are made of when they are written as SQL (`moonsift rules VERTICAL --sql`): each
-- function reads a custom attribute as its declared type, exactly as the rules do, and gives NULL
-- for what is missing or invalid. So AND, OR and NOT do the rest: a condition that is NULL is
-- unknown. core/rules/sql.h says how they are put together.
--
-- They look at nothing but their arguments, never raise, and do not depend on the search path of
-- whoever calls them. Most are one expression that the planner puts in their place, which is several
-- times as fast as a call; it does so as long as arguments that are used more than once are cheap, as
-- the look-up of a key is. PL/pgSQL where an argument is dear; there operators carry their schema, and
-- bind equally strong then, from left to right.

-- null, "" and a missing key mean the same: nothing was said.
CREATE FUNCTION moonsift.given(value jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN NULLIF(NULLIF(value, 'null'::jsonb), '""'::jsonb);

CREATE FUNCTION moonsift.as_boolean(value jsonb) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE value WHEN 'true'::jsonb THEN true WHEN 'false'::jsonb THEN false END;

-- A decimal as the nearest double; what is too small for one is zero (a cast would raise). For
-- numbers that are not too large.
CREATE FUNCTION moonsift.to_double(number numeric) RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN pg_catalog.abs(number) > 2.4703282292062328e-324 THEN number::double precision
            ELSE 0 END;

-- A text that can mean one whole number only: `€ 70.000`, `70k`, `1 234 567`. At most nine digits, or
-- groups of three with one kind of separator; the k means thousand. The result is from `low` to `high`.
CREATE FUNCTION moonsift.amount(written text, low bigint, high bigint) RETURNS bigint
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    number bigint;
BEGIN
    IF written OPERATOR(pg_catalog.~) ('^[ \t\r\n]*(?:€[ \t\r\n]*)?(?:[0-9]{1,9}|'
        '[0-9]{1,3}(?:(?:\.[0-9]{3}){1,2}|(?:,[0-9]{3}){1,2}|(?: [0-9]{3}){1,2}))'
        '[ \t\r\n]*(?:[kK][ \t\r\n]*)?$')
    THEN
        number := pg_catalog.translate(written, E'€kK., \t\r\n', '')::bigint;
        IF written OPERATOR(pg_catalog.~) '[kK]'::text THEN
            number := number OPERATOR(pg_catalog.*) 1000::bigint;
        END IF;
        IF number OPERATOR(pg_catalog.>=) low AND number OPERATOR(pg_catalog.<=) high THEN
            RETURN number;
        END IF;
    END IF;
    RETURN NULL;
END
$$;

-- Whole numbers from `low` to `high`. A number with a fraction is a double that is rounded down.
CREATE FUNCTION moonsift.as_integer(value jsonb, low bigint, high bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE pg_catalog.jsonb_typeof(value)
    WHEN 'number' THEN CASE
        WHEN pg_catalog.scale(value::numeric) = 0 THEN
            CASE WHEN value::numeric BETWEEN low AND high THEN value::numeric::bigint END
        WHEN pg_catalog.abs(value::numeric) < 9e18 THEN CASE
            WHEN pg_catalog.floor(moonsift.to_double(value::numeric))::bigint BETWEEN low AND high
                AND pg_catalog.abs(pg_catalog.floor(moonsift.to_double(value::numeric))) < 9e18
            THEN pg_catalog.floor(moonsift.to_double(value::numeric))::bigint
            END
        END
    WHEN 'string' THEN moonsift.amount(value #>> '{}', low, high)
    END;

-- Amounts in cents, rounded as IEEE doubles are; `low` and `high` in cents, below 9e15.
CREATE FUNCTION moonsift.as_money(value jsonb, low bigint, high bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN pg_catalog.jsonb_typeof(value) = 'number' THEN
    CASE WHEN pg_catalog.abs(value::numeric) < 1e14 THEN
        CASE WHEN pg_catalog.floor(moonsift.to_double(value::numeric) * 100 + 0.5)::bigint
            BETWEEN low AND high
        THEN pg_catalog.floor(moonsift.to_double(value::numeric) * 100 + 0.5)::bigint END
    END END;

-- A decimal in millionths. A text that can mean one number only: a point or a comma, but of `1.500`
-- nobody knows whether it is 1500. What is dropped behind the sixth place only rounds.
CREATE FUNCTION moonsift.decimal(written text, low bigint, high bigint) RETURNS bigint
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    form text := pg_catalog.translate(pg_catalog.btrim(written, E' \t\r\n'), ',', '.');
    whole text;
    fraction text;
    number numeric;
BEGIN
    IF NOT form OPERATOR(pg_catalog.~) '^-?[0-9]+(?:\.[0-9]+)?$'::text
        OR form OPERATOR(pg_catalog.~) '^-?[1-9][0-9]{0,2}\.[0-9]{3}$'::text
        OR written OPERATOR(pg_catalog.~) '[.,][^.,]*[.,]'::text
    THEN
        RETURN NULL;
    END IF;
    whole := pg_catalog.ltrim(pg_catalog.split_part(form, '.', 1), '-0');
    fraction := pg_catalog."left"(pg_catalog.split_part(form, '.', 2), 7);
    IF pg_catalog.length(whole) OPERATOR(pg_catalog.>) 13 THEN
        RETURN NULL;
    END IF;
    number := pg_catalog.round(pg_catalog.concat('0', whole, '.', fraction, '0')::numeric, 6)
        OPERATOR(pg_catalog.*) 1000000::numeric;
    IF pg_catalog.starts_with(form, '-') THEN
        number := OPERATOR(pg_catalog.-) number;
    END IF;
    IF number OPERATOR(pg_catalog.>=) low::numeric AND number OPERATOR(pg_catalog.<=) high::numeric
    THEN
        RETURN number::bigint;
    END IF;
    RETURN NULL;
END
$$;

-- Decimals in millionths, rounded half away from zero; never through a binary fraction.
CREATE FUNCTION moonsift.as_number(value jsonb, low bigint, high bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE pg_catalog.jsonb_typeof(value)
    WHEN 'number' THEN
        CASE WHEN pg_catalog.round(value::numeric, 6) * 1000000 BETWEEN low AND high
            THEN (pg_catalog.round(value::numeric, 6) * 1000000)::bigint END
    WHEN 'string' THEN moonsift.decimal(value #>> '{}', low, high)
    END;

-- One of a list of choices: trimmed, A to Z in lower case.
CREATE FUNCTION moonsift.as_choice(value jsonb, choices text[]) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN pg_catalog.jsonb_typeof(value) = 'string' THEN
    CASE WHEN pg_catalog.lower(pg_catalog.btrim(value #>> '{}', E' \t\r\n')
            COLLATE pg_catalog."C") = ANY (choices)
        THEN pg_catalog.lower(pg_catalog.btrim(value #>> '{}', E' \t\r\n')
            COLLATE pg_catalog."C") END
    END;

-- A list of choices that are not spelt as declared: the same, as declared; NULL when one is none.
CREATE FUNCTION moonsift.spelt_choices(value jsonb, choices jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    element jsonb;
    choice text;
    spelt jsonb := '[]';
BEGIN
    FOR i IN 0 .. pg_catalog.jsonb_array_length(value) OPERATOR(pg_catalog.-) 1 LOOP
        element := value OPERATOR(pg_catalog.->) i;
        choice := pg_catalog.lower(
            pg_catalog.btrim(element OPERATOR(pg_catalog.#>>) '{}'::text[], E' \t\r\n')
            COLLATE pg_catalog."C");
        IF pg_catalog.jsonb_typeof(element) OPERATOR(pg_catalog.<>) 'string'::text
            OR NOT choices OPERATOR(pg_catalog.?) choice
        THEN
            RETURN NULL;
        END IF;
        IF NOT spelt OPERATOR(pg_catalog.?) choice THEN
            spelt := spelt OPERATOR(pg_catalog.||) pg_catalog.to_jsonb(choice);
        END IF;
    END LOOP;
    RETURN spelt;
END
$$;

-- A list of choices, every one of them valid; repeats may be in it.
CREATE FUNCTION moonsift.as_choices(value jsonb, choices jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN pg_catalog.jsonb_typeof(value) = 'array' THEN
    CASE WHEN value <@ choices THEN value ELSE moonsift.spelt_choices(value, choices) END END;

-- How many different texts a list has.
CREATE FUNCTION moonsift.count_choices(list jsonb) RETURNS integer
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    seen text[] := '{}';
    element text;
BEGIN
    FOR i IN 0 .. pg_catalog.jsonb_array_length(list) OPERATOR(pg_catalog.-) 1 LOOP
        element := list OPERATOR(pg_catalog.->>) i;
        IF pg_catalog.array_position(seen, element) IS NULL THEN
            seen := pg_catalog.array_append(seen, element);
        END IF;
    END LOOP;
    RETURN pg_catalog.cardinality(seen);
END
$$;

-- Texts, trimmed; `low` and `high` in bytes. White space alone is invalid.
CREATE FUNCTION moonsift.as_text(value jsonb, low integer, high integer) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN pg_catalog.jsonb_typeof(value) = 'string' THEN
    CASE WHEN pg_catalog.octet_length(pg_catalog.btrim(value #>> '{}', E' \t\r\n'))
            BETWEEN GREATEST(low, 1) AND high
        THEN pg_catalog.btrim(value #>> '{}', E' \t\r\n') END
    END;

-- The same for texts with a pattern, which decides whether one may be empty.
CREATE FUNCTION moonsift.as_matching_text(value jsonb, low integer, high integer, pattern text)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN pg_catalog.jsonb_typeof(value) = 'string' THEN
    CASE WHEN value <> '""'::jsonb
            AND pg_catalog.octet_length(pg_catalog.btrim(value #>> '{}', E' \t\r\n'))
            BETWEEN low AND high
            AND pg_catalog.btrim(value #>> '{}', E' \t\r\n') ~ pattern
        THEN pg_catalog.btrim(value #>> '{}', E' \t\r\n') END
    END;

-- A value as it stands, as a text in which something is looked for; what is no text has nothing in it.
CREATE FUNCTION moonsift.as_words(value jsonb) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE pg_catalog.jsonb_typeof(value)
    WHEN 'string' THEN NULLIF(value #>> '{}', '')
    ELSE CASE WHEN value <> 'null'::jsonb THEN '' END
    END;

-- A to Z in lower case, all other characters as they are.
CREATE FUNCTION moonsift.lower_case(written text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN pg_catalog.lower(written COLLATE pg_catalog."C");

CREATE FUNCTION moonsift.ends_with(written text, ending text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN pg_catalog."right"(written, pg_catalog.length(ending)) = ending;

-- E-mail addresses in lower case: a mailbox without quotes and at least two names with a dot between.
CREATE FUNCTION moonsift.email(written text) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    form text := moonsift.lower_case(pg_catalog.btrim(written, E' \t\r\n'));
    -- characters beyond ASCII may stand anywhere
    word text := '[^\u0001- ()<>\[\]:;,\\"@.\u007f]+';
    border text := '[^\u0001-/:-`{-\u007f]';
    name text := pg_catalog.concat(border, '(?:[^\u0001-,./:-`{-\u007f]*', border, ')?');
BEGIN
    IF pg_catalog.octet_length(form) OPERATOR(pg_catalog.<=) 254
        AND pg_catalog.octet_length(pg_catalog.split_part(form, '@', 1)) OPERATOR(pg_catalog.<=) 64
        AND form OPERATOR(pg_catalog.~) pg_catalog.concat('^', word, '(?:\.', word, ')*@', name,
            '(?:\.', name, ')+$')
    THEN
        RETURN form;
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION moonsift.as_email(value jsonb) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN pg_catalog.jsonb_typeof(value) = 'string' THEN moonsift.email(value #>> '{}') END;

-- Phone numbers with + and the country: 8 to 15 digits. `country` (NULL: none) is that of numbers
-- that begin with one 0; a (0) behind the country is dialled inside it only.
CREATE FUNCTION moonsift.phone(written text, country text) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    form text := pg_catalog.btrim(written, E' \t\r\n');
    digits text;
BEGIN
    IF country IS NOT NULL AND form OPERATOR(pg_catalog.~) '^\(?0[^0]'::text
        AND pg_catalog.octet_length(form) OPERATOR(pg_catalog.+) pg_catalog.octet_length(country)
            OPERATOR(pg_catalog.<) 64
    THEN
        form := pg_catalog.concat('+', country,
            pg_catalog.regexp_replace(form, '^\(?0'::text, ''::text));
    END IF;
    IF NOT form OPERATOR(pg_catalog.~) '^(?:\+|00)[-0-9 ./()]*$'::text
        OR form OPERATOR(pg_catalog.~) '^(?:\+|00)[^0-9]*\(0\)'::text
    THEN
        RETURN NULL;
    END IF;
    form := pg_catalog.regexp_replace(form, '^(?:\+|00)'::text, ''::text);
    digits := pg_catalog.translate(pg_catalog.replace(form, '(0)', ''), '- ./()', '');
    IF digits OPERATOR(pg_catalog.~) '^[1-9][0-9]{7,14}$'::text THEN
        RETURN pg_catalog.concat('+', digits);
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION moonsift.as_phone(value jsonb, country text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN pg_catalog.jsonb_typeof(value) = 'string'
    THEN moonsift.phone(value #>> '{}', country) END;

-- Dates as days since 1970-01-01: of the first day of the month, then the others; 31 February is
-- 3 March. Calculated 400 years later, because PostgreSQL has no year 0.
CREATE FUNCTION moonsift.as_date(value jsonb) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN pg_catalog.jsonb_typeof(value) = 'string' AND (value #>> '{}')
        ~ '^[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])'
    THEN pg_catalog.make_date(pg_catalog.substr(value #>> '{}', 1, 4)::integer + 400,
            pg_catalog.substr(value #>> '{}', 6, 2)::integer, 1)
        - DATE '2370-01-01' + pg_catalog.substr(value #>> '{}', 9, 2)::integer - 1
    END;

CREATE FUNCTION moonsift.as_date_within(value jsonb, low integer, high integer) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN moonsift.as_date(value) BETWEEN low AND high THEN moonsift.as_date(value) END;

-- Of `HH:MM`, whatever follows.
CREATE FUNCTION moonsift.seconds_of(clock text) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN pg_catalog.substr(clock, 1, 2)::bigint * 3600 + pg_catalog.substr(clock, 4, 2)::bigint * 60;

-- Moments, as seconds since 1970-01-01T00:00Z, rounded down: of a text in ISO 8601 that is one to its
-- end and exists, with a zone or UTC. Of :60 the next minute's beginning.
CREATE FUNCTION moonsift.moment(written text, low bigint, high bigint) RETURNS bigint
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    form text := pg_catalog.btrim(written, E' \t\r\n');
    clock text := pg_catalog.substr(form, 12);
    zone text := pg_catalog.substring(clock, '[+-].*$'::text);
    month integer;
    day date;
    seconds bigint := 0;
    away bigint := 0;
BEGIN
    IF NOT form OPERATOR(pg_catalog.~) ('^[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])'
        '(?:[T ](?:[01][0-9]|2[0-3]):[0-5][0-9](?::(?:[0-5][0-9]|60)(?:\.[0-9]{1,9})?)?'
        '(?:Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])?)?$')
    THEN
        RETURN NULL;
    END IF;
    month := pg_catalog.substr(form, 6, 2)::integer;
    day := pg_catalog.make_date(pg_catalog.substr(form, 1, 4)::integer OPERATOR(pg_catalog.+) 400,
            month, 1)
        OPERATOR(pg_catalog.+) (pg_catalog.substr(form, 9, 2)::integer OPERATOR(pg_catalog.-) 1);
    IF pg_catalog.date_part('month', day::timestamp)::integer OPERATOR(pg_catalog.<>) month THEN
        RETURN NULL;
    END IF;
    IF clock OPERATOR(pg_catalog.<>) ''::text THEN
        seconds := moonsift.seconds_of(clock);
    END IF;
    IF pg_catalog.substr(clock, 6, 1) OPERATOR(pg_catalog.=) ':'::text THEN
        seconds := seconds OPERATOR(pg_catalog.+) pg_catalog.substr(clock, 7, 2)::bigint;
    END IF;
    IF zone IS NOT NULL THEN
        away := moonsift.seconds_of(pg_catalog.substr(zone, 2));
        IF pg_catalog.starts_with(zone, '-') THEN
            away := OPERATOR(pg_catalog.-) away;
        END IF;
    END IF;
    seconds := seconds OPERATOR(pg_catalog.-) away OPERATOR(pg_catalog.+)
        ((day OPERATOR(pg_catalog.-) DATE '2370-01-01')::bigint OPERATOR(pg_catalog.*) 86400::bigint);
    IF seconds OPERATOR(pg_catalog.>=) low AND seconds OPERATOR(pg_catalog.<=) high THEN
        RETURN seconds;
    END IF;
    RETURN NULL;
END
$$;

-- A moment as text, or as a number of seconds.
CREATE FUNCTION moonsift.as_time(value jsonb, low bigint, high bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE pg_catalog.jsonb_typeof(value)
    WHEN 'number' THEN CASE WHEN pg_catalog.abs(value::numeric) < 1e12 THEN
        CASE WHEN pg_catalog.floor(moonsift.to_double(value::numeric))::bigint BETWEEN low AND high
            THEN pg_catalog.floor(moonsift.to_double(value::numeric))::bigint END
        END
    WHEN 'string' THEN moonsift.moment(value #>> '{}', low, high)
    END;

-- Computed numbers. For each one of `count`, rounded half up; NULL unless it is above 0.
CREATE FUNCTION moonsift.per(number bigint, count bigint) RETURNS bigint
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    twice numeric := count::numeric OPERATOR(pg_catalog.*) 2::numeric;
    dividend numeric := number::numeric OPERATOR(pg_catalog.*) 2::numeric
        OPERATOR(pg_catalog.+) count::numeric;
    quotient numeric;
BEGIN
    IF count OPERATOR(pg_catalog.<=) 0::bigint THEN
        RETURN NULL;
    END IF;
    quotient := pg_catalog.div(dividend, twice);
    IF pg_catalog.mod(dividend, twice) OPERATOR(pg_catalog.<) 0::numeric THEN
        quotient := quotient OPERATOR(pg_catalog.-) 1::numeric;
    END IF;
    RETURN quotient::bigint;
END
$$;

-- How many whole `unit`s (above 0) there are, rounded down.
CREATE FUNCTION moonsift.whole(number bigint, unit bigint) RETURNS bigint
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    IF number OPERATOR(pg_catalog.%) unit OPERATOR(pg_catalog.<) 0::bigint THEN
        RETURN number OPERATOR(pg_catalog./) unit OPERATOR(pg_catalog.-) 1::bigint;
    END IF;
    RETURN number OPERATOR(pg_catalog./) unit;
END
$$;

-- The last digits in a text; NULL without any, or with more than 15. Backwards, because the first
-- match is found at once.
CREATE FUNCTION moonsift.last_number(written text) RETURNS bigint
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    digits text := pg_catalog.substring(pg_catalog.reverse(written), '[0-9]+'::text);
BEGIN
    IF pg_catalog.length(digits) OPERATOR(pg_catalog.<=) 15 THEN
        RETURN pg_catalog.reverse(digits)::bigint;
    END IF;
    RETURN NULL;
END
$$;

-- Yes when `n` of the answers are, NULL while it hangs on unknown ones.
CREATE FUNCTION moonsift.at_least(n integer, answers boolean[]) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    yes integer := pg_catalog.cardinality(pg_catalog.array_positions(answers, true));
    unknown integer := pg_catalog.cardinality(pg_catalog.array_positions(answers, NULL::boolean));
BEGIN
    IF yes OPERATOR(pg_catalog.>=) n THEN
        RETURN true;
    ELSIF yes OPERATOR(pg_catalog.+) unknown OPERATOR(pg_catalog.<) n THEN
        RETURN false;
    END IF;
    RETURN NULL;
END
$$;
