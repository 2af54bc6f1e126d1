std = "lua54"
max_line_length = 100
files["spec"] = { std = "lua54+busted" }
files["scripts/*/*_spec.lua"] = { std = "lua54+busted" }
-- What the rules environment offers to a vertical (scripts/moonsift).
files["scripts/*/vertical.lua"] = {
  std = "none",
  read_globals = {
    "vertical", "attributes", "integer", "money", "choice", "choices", "boolean", "text", "date",
    "as_is", "number", "time", "url", "email", "phone", "handle",
    "range", "rule", "outcome", "group", "score_range", "facts", "knowledge",
    "labels", "derive", "status", "score", "errors", "fired",
    "all", "any", "none", "at_least", "custom", "words",
    "null", "array", "type", "tostring", "tonumber", "error", "assert", "select", "ipairs", "pairs",
    "math", "string", "table", "utf8",
  },
}
files["spec/bench/rules/*/vertical.lua"] = files["scripts/*/vertical.lua"]
files["spec/fixtures/verticals"] = files["scripts/*/vertical.lua"]
-- Stubs for editors: globals and parameters that nothing here uses.
files["scripts/moonsift/meta"] = { std = "none", ignore = { "111", "112", "131", "211", "212", "241", "411" } }
exclude_files = { "build", "spec/fixtures/attacks", "spec/bench/**/recruit.lua", "spec/bench/**/bench.lua" }
