"""validate.py SCHEMA: for each JSON document on standard input (one a line) one line with the keys
that do not fit, sorted, with commas between. The schema itself is checked first."""
import json
import sys

from jsonschema import Draft202012Validator

with open(sys.argv[1], encoding="utf-8") as file:
    schema = json.load(file)
Draft202012Validator.check_schema(schema)
validator = Draft202012Validator(schema)
for line in sys.stdin:
    errors = validator.iter_errors(json.loads(line))
    print(",".join(sorted({str(e.absolute_path[0]) if e.absolute_path else "?" for e in errors})))
