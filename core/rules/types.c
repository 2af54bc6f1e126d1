/* The types by name. */
#include "rules/vertical.h"

static const char *const names[MS_TYPES] = {
    [MS_T_INTEGER] = "integer", [MS_T_MONEY] = "money",     [MS_T_CHOICE] = "choice",
    [MS_T_CHOICES] = "choices", [MS_T_BOOLEAN] = "boolean", [MS_T_TEXT] = "text",
    [MS_T_DATE] = "date",       [MS_T_AS_IS] = "as_is",     [MS_T_NUMBER] = "number",
    [MS_T_TIME] = "time",       [MS_T_URL] = "url",         [MS_T_EMAIL] = "email",
    [MS_T_PHONE] = "phone",     [MS_T_HANDLE] = "handle",
};

const char *ms_type_name(ms_type type)
{
    return (size_t)type < MS_TYPES ? names[type] : "?";
}

bool ms_type_named(ms_str name, ms_type *out)
{
    for (size_t i = 0; i < MS_TYPES; i++)
        if (ms_str_eqz(name, names[i])) {
            *out = (ms_type)i;
            return true;
        }
    return false;
}
