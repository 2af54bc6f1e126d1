-- Takes back the casts.
DROP FUNCTION moonsift.float_or_null(text);
DROP FUNCTION moonsift.int_or_null(text);
DROP FUNCTION moonsift.numeric_or_null(text);
