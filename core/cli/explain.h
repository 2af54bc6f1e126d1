/*
 * cli/explain.h: what the files of `moonsift explain` share: whom it is about, which rules judge,
 * and what came of it.
 */
#ifndef MS_CLI_EXPLAIN_H
#define MS_CLI_EXPLAIN_H

#include "cli/verb.h"
#include "lua/script.h"
#include "rules/counterfactual.h"

/* The command line. */
typedef struct ms_explain_asked {
    const char *what;           /* contact, decision or file */
    const char *version, *diff; /* "12", "v12", "draft"; NULL: not given */
    const char *vertical;       /* for a file */
    const char **what_if;       /* "KEY=VALUE" */
    size_t n_what_if;
    bool now, verify;
} ms_explain_asked;

/* Whom it is about, whatever it was found by. Texts live in cli->arena. */
typedef struct ms_subject {
    int64_t account_id, contact_id, decision_id; /* 0: none */
    int64_t clock;                               /* microseconds */
    ms_str name, id;                             /* as it is shown; p == NULL: none */
    bool id_is_text;                             /* in JSON */
    ms_str attributes;                           /* a JSON object */
    ms_str facts;                                /* another, of a file; p == NULL: none */
    ms_str vertical;                             /* p == NULL: none judges it */
    int version;      /* stored version that judged or judges; 0: draft */
    ms_str conflicts; /* JSON, of the decision */
    bool stored;      /* as it was decided, else as it stands */
    bool file;
} ms_subject;

/* Whether `what` names a file rather than a contact or a decision. */
bool ms_subject_is_file(const char *what);
/* By decision, id, e-mail or phone; as last decided, unless `now` or --at. */
ms_status ms_subject_find(ms_cli *cli, ms_cli_env *env, const ms_explain_asked *asked,
                          ms_subject *out, ms_error *err);
/* From a file: a contact document, or its attributes alone. No database. */
ms_status ms_subject_read(ms_cli *cli, ms_cli_env *env, const ms_explain_asked *asked,
                          ms_subject *out, ms_error *err);

/* One version of a vertical, loaded. */
typedef struct ms_explain_rules {
    int number; /* 0: the draft */
    bool active;
    ms_script *script;
    const ms_vertical *vertical;
} ms_explain_rules;

/* `which` as on the command line; NULL: the subject's own. */
ms_status ms_explain_rules_load(ms_cli *cli, ms_cli_env *env, const ms_subject *subject,
                                const char *which, ms_explain_rules *out, ms_error *err);

/* A decision and the memory it needs. */
typedef struct ms_judged {
    ms_judge *judge;
    ms_json_reader *reader, *facts_reader;
    ms_fields fields, facts;
    ms_decision decision;
    int64_t us; /* how long judging took */
} ms_judged;

/* `attributes` rather than the subject's own; with its facts, at its clock. */
ms_status ms_judged_make(ms_judged *judged, const ms_vertical *vertical, const ms_subject *subject,
                         ms_str attributes, ms_error *err);
void ms_judged_free(ms_judged *judged); /* what was never made is allowed */

/* The attributes with KEY=VALUE set, in order; KEY= removes. MS_INVALID: no attribute of the
 * vertical, or no "=". */
ms_status ms_what_if(ms_cli *cli, const ms_vertical *vertical, ms_str attributes,
                     const char *const *changes, size_t n, ms_str *out, ms_error *err);

/* All that is printed. */
typedef struct ms_explanation {
    const ms_subject *subject;
    const ms_explain_asked *asked;
    const ms_explain_rules *rules;
    const ms_judged *judged;       /* as it is asked for: with the changes of --what-if */
    const ms_judged *unchanged;    /* --what-if: without them; else NULL */
    const ms_explain_rules *other; /* --diff, else NULL */
    const ms_judged *other_judged;
    const ms_effects *effects; /* NULL with --diff and --what-if */
    const ms_str *people;      /* labels that belong to people */
    size_t n_people;
} ms_explanation;

void ms_explain_print(ms_cli *cli, const ms_explanation *e, ms_buf *out);
void ms_explain_json(const ms_explanation *e, ms_buf *out);
/* "recruitment v12 (active)", "recruitment draft". */
void ms_explain_rules_words(const ms_explain_rules *rules, ms_buf *out);
/* "Noor de Wit #4 · " */
void ms_subject_words(const ms_subject *subject, ms_buf *out);

/* Runs a stored decision again from its snapshot and prints what differs; the exit code. */
int ms_explain_verify(ms_cli *cli, ms_cli_env *env, const ms_subject *subject);

#endif
