/*
 * cli/help.c: `moonsift help [VERB]`, and the text behind every -h.
 */
#include "base/buf.h"
#include "base/text.h"
#include "cli/verb.h"
#include "rules/problems.h"

static const char global_flags[] =
    "Global flags, anywhere on the line before a \"--\":\n"
    "  --config F      read F instead of the nearest moonsift.yaml here or in a folder above,\n"
    "                  $XDG_CONFIG_HOME/moonsift/moonsift.yaml or /etc/moonsift/moonsift.yaml\n"
    "                  (the first one found, used whole)\n"
    "  --account N     the account meant, where there are several\n"
    "  --at TIME       the rules' clock: 2025-02-01 or 2025-02-01T14:20:00Z; default now\n"
    "  --json          answer with one JSON document; --jsonl: one a line, for lists\n"
    "  --plain         tab-separated, no folding, no headings\n"
    "  -q -v           less and more on standard error\n"
    "  --no-input      never ask; --yes: answer yes\n"
    "  --no-color      also NO_COLOR=1; colour is only ever used on a terminal\n"
    "  -h, --help      help for a verb; --version: this program's version\n";

static const char exit_codes[] =
    "Exit codes: 0 done, 1 unexpected failure, 2 usage or configuration, 3 a check found errors,\n"
    "  4 differences (with --exit-code), 5 some rows refused, 6 a dependency is not there,\n"
    "  7 refused by a guard, 130 interrupted.\n";

void ms_cli_help(FILE *to)
{
    fputs("moonsift judges leads: webhooks in, labels and scores out.\n\n"
          "Usage: moonsift [flags] VERB [arguments]\n\n",
          to);
    for (size_t i = 0; ms_verbs[i]; i++)
        fprintf(to, "  %-12s %s\n", ms_verbs[i]->name, ms_verbs[i]->summary);
    fprintf(to,
            "\n%s\n%s\nExamples:\n  moonsift help serve\n"
            "  moonsift evaluate recruitment --at 2025-02-01 < contacts.jsonl\n",
            global_flags, exit_codes);
}

void ms_cli_help_verb(FILE *to, const ms_verb *verb)
{
    fprintf(to, "moonsift %s: %s\n\nUsage: moonsift %s\n\n%s", verb->name, verb->summary,
            verb->usage, verb->help);
    size_t n = strlen(verb->help);
    if (n && verb->help[n - 1] != '\n')
        fputc('\n', to);
    fputs("\nGlobal flags: moonsift help\n", to);
}

static int print(ms_buf *out, bool ok)
{
    if (ok)
        fwrite(out->p, 1, out->n, stdout);
    ms_buf_free(out);
    return ok ? 0 : 1;
}

static int print_codes(bool json)
{
    ms_buf out = {0};
    return print(&out, json ? ms_codes_json(&out) : ms_codes_markdown(&out));
}

/* "E101", also one that does not exist. */
static bool looks_like_code(const char *word)
{
    return strlen(word) == 4 && strchr("EWew", word[0]) && strspn(word + 1, "0123456789") == 3;
}

static int explain_code(const char *word)
{
    const ms_code *code = ms_code_find(word);
    ms_buf out = {0};
    if (!code)
        return ms_cli_usage(&ms_verb_help,
                            "there is no code \"%s\"; all of them: moonsift help codes", word);
    return print(&out, ms_code_explain(code, &out));
}

static int run(ms_cli *cli, int argc, char **argv)
{
    static const ms_cli_option none[] = {{0}};
    int code = ms_cli_options(&ms_verb_help, &argc, argv, none);
    if (code)
        return code;
    if (argc < 2) {
        ms_cli_help(stdout);
        return 0;
    }
    const ms_verb *verb = ms_verb_find(argv[1]);
    if (!verb && looks_like_code(argv[1]))
        return explain_code(argv[1]);
    if (!verb && strcmp(argv[1], "codes") == 0)
        return print_codes(cli->json);
    if (!verb) {
        static const char *const codes[] = {"codes", NULL};
        const char *near = ms_verb_nearest(argv[1]);
        near = near ? near : ms_nearest(ms_str_z(argv[1]), codes);
        fprintf(stderr, "moonsift help: there is no verb \"%s\"", argv[1]);
        if (near)
            fprintf(stderr, "; did you mean \"%s\"?", near);
        fputs("\n  hint: moonsift help\n", stderr);
        return 2;
    }
    ms_cli_help_verb(stdout, verb);
    return 0;
}

const ms_verb ms_verb_help = {
    .name = "help",
    .summary = "explain a verb, or a code that check gives",
    .usage = "help [VERB|CODE|codes]",
    .help = "  moonsift help CODE           cause and way out, with an example wrong and mended\n"
            "  moonsift help codes          all codes as Markdown; with --json for programs\n"
            "\n"
            "Examples:\n"
            "  moonsift help evaluate\n"
            "  moonsift help E101\n",
    .run = run,
};
