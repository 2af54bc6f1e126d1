/*
 * moonsift completion: what a shell offers behind moonsift. All of it is taken from what the verbs
 * say about themselves in usage and help, so that nothing has to be kept twice.
 */
#include "base/buf.h"
#include "base/text.h"
#include "cli/verb.h"
#include "rules/problems.h"

static const ms_verb *const self = &ms_verb_completion;

enum { MOST_WORDS = 64, LONGEST_WORD = 32 };

typedef struct words {
    char item[MOST_WORDS][LONGEST_WORD];
    size_t n;
} words;

static void add_word(words *w, const char *p, size_t n)
{
    if (!n || n >= LONGEST_WORD || w->n == MOST_WORDS)
        return;
    for (size_t i = 0; i < w->n; i++)
        if (strlen(w->item[i]) == n && memcmp(w->item[i], p, n) == 0)
            return;
    memcpy(w->item[w->n], p, n);
    w->item[w->n++][n] = '\0';
}

static size_t span(const char *p)
{
    return strspn(p, "abcdefghijklmnopqrstuvwxyz0123456789-_");
}

/* Every "--word" of a text. */
static void find_flags(const char *text, words *flags)
{
    for (const char *at = text; (at = strstr(at, "--"));) {
        size_t n = span(at);
        if (n > 2 && at[2] != '-' && (at == text || !span(at - 1)))
            add_word(flags, at, n);
        at += n;
    }
}

/* Lower-case words with bars between them: "show|json"; a single one when `alone`. */
static const char *take_list(const char *at, bool alone, words *out)
{
    const char *end = at;
    words found = {.n = 0};
    while (span(end) || *end == '|') {
        size_t n = span(end);
        if (n && !strchr(" []|\n", end[n]) && end[n])
            return at; /* "a.json" is no word */
        add_word(&found, end, n);
        end += n + (end[n] == '|');
    }
    if (found.n > 1 || (alone && found.n))
        for (size_t i = 0; i < found.n; i++)
            add_word(out, found.item[i], strlen(found.item[i]));
    return end;
}

/* What a usage line offers: nouns behind the verb, and the values of flags that list them. */
typedef struct offer {
    words nouns, flags;
    char valued[MOST_WORDS][LONGEST_WORD]; /* flags with listed values */
    words values[8];
    size_t n_valued;
    char free[MOST_WORDS][LONGEST_WORD]; /* flags with any other value */
    size_t n_free;
    bool verticals;
} offer;

/* "--format pretty|json": returns behind the value. */
static const char *take_flag(const char *at, offer *o)
{
    size_t n = span(at);
    const char *value = at + n + (at[n] == ' ');
    if (at[n] != ' ' || *value == '-' || n >= LONGEST_WORD || o->n_valued == 8)
        return at + n;
    words found = {.n = 0};
    const char *end = take_list(value, false, &found);
    if (found.n) {
        memcpy(o->valued[o->n_valued], at, n);
        o->valued[o->n_valued][n] = '\0';
        o->values[o->n_valued++] = found;
    } else if (o->n_free < MOST_WORDS) {
        memcpy(o->free[o->n_free], at, n);
        o->free[o->n_free++][n] = '\0';
    }
    return end + strcspn(end, " ]\n");
}

static void look_at(const ms_verb *verb, offer *o)
{
    const char *at = verb->usage;
    *o = (offer){.verticals = strstr(at, "VERTICAL") != NULL};
    find_flags(verb->usage, &o->flags);
    find_flags(verb->help, &o->flags);
    while (*at) {
        if (strncmp(at, "moonsift ", 9) == 0) {
            at += 9;
        } else if (strncmp(at, "--", 2) == 0) {
            at = take_flag(at, o);
        } else if (strncmp(at, verb->name, strlen(verb->name)) == 0) {
            at += strlen(verb->name);
            at = take_list(at + strspn(at, " "), true, &o->nouns);
        } else if (*at == '|' && span(at + 1)) {
            at = take_list(at, true, &o->nouns);
        } else {
            size_t n = span(at);
            at += n ? n : 1;
        }
    }
}

/* ---- the script ----------------------------------------------------------------------------- */

static void add_words(ms_buf *out, const words *w)
{
    for (size_t i = 0; i < w->n; i++)
        ms_buf_format(out, "%s%s", i ? " " : "", w->item[i]);
}

/* Behind a flag whose value is no word of ours there is nothing to offer but files. */
static void add_free(ms_buf *out, const offer *o)
{
    if (!o->n_free)
        return;
    ms_buf_z(out, "            case $before in\n                ");
    for (size_t i = 0; i < o->n_free; i++)
        ms_buf_format(out, "%s%s", i ? " | " : "", o->free[i]);
    ms_buf_z(out, ") return ;;\n            esac\n");
}

static void add_verb(ms_buf *out, const ms_verb *verb)
{
    offer o;
    look_at(verb, &o);
    ms_buf_format(out, "        %s)\n            flags='", verb->name);
    add_words(out, &o.flags);
    ms_buf_z(out, "' words='");
    add_words(out, &o.nouns);
    ms_buf_char(out, '\'');
    if (strcmp(verb->name, "init") == 0)
        ms_buf_z(out, " folders=1");
    else if (o.verticals)
        ms_buf_z(out, " verticals=1");
    ms_buf_char(out, '\n');
    if (o.n_valued) {
        ms_buf_z(out, "            case $before in\n");
        for (size_t i = 0; i < o.n_valued; i++) {
            ms_buf_format(out, "                %s) values='", o.valued[i]);
            add_words(out, &o.values[i]);
            ms_buf_z(out, "' ;;\n");
        }
        ms_buf_z(out, "            esac\n");
    }
    add_free(out, &o);
    ms_buf_z(out, "            ;;\n");
}

static const char head[] =
    "# bash completion of moonsift: . <(moonsift completion bash)\n"
    "_moonsift() {\n"
    "    local now=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}\n"
    "    local verb= flags= words= values= verticals= folders= i path\n"
    "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
    "        case ${COMP_WORDS[i]} in\n"
    "            --config | --account | --at) ((i++)) ;;\n"
    "            -*) ;;\n"
    "            *) verb=${COMP_WORDS[i]} && break ;;\n"
    "        esac\n"
    "    done\n"
    "    case $verb in\n";

static const char tail[] =
    "    esac\n"
    "    if [ -n \"$values\" ]; then\n"
    "        COMPREPLY=($(compgen -W \"$values\" -- \"$now\"))\n"
    "        return\n"
    "    fi\n"
    "    if [[ $now == -* ]]; then\n"
    "        COMPREPLY=($(compgen -W \"$flags $globals\" -- \"$now\"))\n"
    "        return\n"
    "    fi\n"
    "    if [ -n \"$verticals\" ]; then\n"
    "        for path in scripts/*/vertical.lua; do\n"
    "            [ ! -e \"$path\" ] || path=${path#scripts/} words=\"$words ${path%/*}\"\n"
    "        done\n"
    "    fi\n"
    "    COMPREPLY=($(compgen -W \"$words\" -- \"$now\"))\n"
    "    [ -z \"$folders\" ] || COMPREPLY=($(compgen -d -- \"$now\"))\n"
    "}\n"
    "complete -o default -F _moonsift moonsift\n";

static void add_globals(ms_buf *out)
{
    const char *names[MOST_WORDS] = {NULL};
    size_t n = ms_cli_global_names(names, MOST_WORDS);
    ms_buf_z(out, "    local globals='");
    for (size_t i = 0; i < n; i++)
        ms_buf_format(out, "%s--%s", i ? " " : "", names[i]);
    ms_buf_z(out, "'\n");
}

static bool add_script(ms_buf *out)
{
    const char *first = strstr(head, "    for ((");
    ms_buf_add(out, head, (size_t)(first - head));
    add_globals(out);
    ms_buf_z(out, first);
    ms_buf_z(out, "        '') words='");
    for (size_t i = 0; ms_verbs[i]; i++)
        ms_buf_format(out, "%s%s", i ? " " : "", ms_verbs[i]->name);
    ms_buf_z(out, "' ;;\n        help) words='codes");
    for (size_t i = 0; ms_verbs[i]; i++)
        ms_buf_format(out, " %s", ms_verbs[i]->name);
    for (size_t i = 0; ms_code_at(i); i++)
        ms_buf_format(out, " %s", ms_code_at(i)->code);
    ms_buf_z(out, "' ;;\n");
    for (size_t i = 0; ms_verbs[i]; i++)
        if (strcmp(ms_verbs[i]->name, "help") != 0)
            add_verb(out, ms_verbs[i]);
    ms_buf_z(out, tail);
    return !out->failed;
}

static int run(ms_cli *cli, int argc, char **argv)
{
    (void)cli;
    static const ms_cli_option none[] = {{0}};
    static const char *const shells[] = {"bash", NULL};
    ms_buf out = {0};
    int code = ms_cli_options(self, &argc, argv, none);
    if (code)
        return code;
    if (argc != 2)
        return ms_cli_usage(self, "for which shell? There is bash");
    if (strcmp(argv[1], shells[0]) != 0)
        return ms_cli_unknown(self, argv[1], shells);
    bool ok = add_script(&out);
    if (ok)
        fwrite(out.p, 1, out.n, stdout);
    ms_buf_free(&out);
    return ok ? 0 : 1;
}

const ms_verb ms_verb_completion = {
    .name = "completion",
    .summary = "print a script with which a shell completes verbs, flags and verticals",
    .usage = "completion bash",
    .help = "Verbs, their flags and words, and the names of the verticals in ./scripts.\n"
            "\n"
            "Examples:\n"
            "  . <(moonsift completion bash)\n"
            "  moonsift completion bash > ~/.local/share/bash-completion/completions/moonsift\n",
    .run = run,
};
