-- Casts that give NULL where PostgreSQL's own raise. One contact with "follower_count": "15k" made
-- every read of the view fail, and a text in "qualification_score" was refused by the index, so
-- that a typo in a screen could not be saved.
--
-- A number may have a sign, a fraction and an exponent, and blanks around it. NaN and infinity are
-- no numbers here: they would sort above every score. The length limit keeps numeric from
-- overflowing. PL/pgSQL because it is 20 times as fast here as nested SQL functions, which are not
-- inlined, and without EXCEPTION blocks, which start a subtransaction each.
CREATE FUNCTION moonsift.numeric_or_null(value text) RETURNS numeric
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    IF length(value) > 400 OR value !~
        '^[ \t\r\n]*[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?[ \t\r\n]*$'
    THEN
        RETURN NULL;
    END IF;
    RETURN value::numeric;
END
$$;

-- Rounds down, as the rules do: 15000.7 followers are 15000. Outside the type's range: NULL.
CREATE FUNCTION moonsift.int_or_null(value text) RETURNS integer
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    n numeric := floor(moonsift.numeric_or_null(value));
BEGIN
    IF n BETWEEN -2147483648 AND 2147483647 THEN
        RETURN n::integer;
    END IF;
    RETURN NULL;
END
$$;

-- Too large for a double: NULL. Too small for a normal one: zero.
CREATE FUNCTION moonsift.float_or_null(value text) RETURNS double precision
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    n numeric := moonsift.numeric_or_null(value);
BEGIN
    IF abs(n) > 1.7976931348623157e308 THEN
        RETURN NULL;
    ELSIF abs(n) < 2.3e-308 THEN
        RETURN 0;
    END IF;
    RETURN n::double precision;
END
$$;
