---@meta
-- The plain functions that rules have: no clock, chance, files, patterns or metatables.

--- A key that is there and holds nothing.
null = {}

--- Marks a table as a list, so that an empty one stays one.
---@generic T: table
---@param list T
---@return T
function array(list) end

---@param value any
---@return "nil"|"null"|"number"|"string"|"boolean"|"table"|"function"|string
---@nodiscard
function type(value) end

---@param value any
---@return string
---@nodiscard
function tostring(value) end

---@param value any
---@param base? integer
---@return number?
---@nodiscard
function tonumber(value, base) end

---@param message any
function error(message) end

---@generic T
---@param value? T
---@param message? any
---@param ... any
---@return T
---@return any ...
function assert(value, message, ...) end

---@param index integer|"#"
---@param ... any
---@return any ...
---@nodiscard
function select(index, ...) end

---@generic T: table, V
---@param list T
---@return fun(list: V[], i?: integer): integer, V
---@return T
---@return integer
function ipairs(list) end

--- In one order everywhere: integers, other numbers, texts, booleans.
---@generic T: table, K, V
---@param t T
---@return fun(t: table<K, V>, index?: K): K, V
---@return T
function pairs(t) end

---@class moonsift.math
---@field huge number
---@field maxinteger integer
---@field mininteger integer
math = {}

---@generic Number: number
---@param x Number
---@return Number
---@nodiscard
function math.abs(x) end

---@param x number
---@return integer
---@nodiscard
function math.ceil(x) end

---@param x number
---@return integer
---@nodiscard
function math.floor(x) end

---@param x number
---@param y number
---@return number
---@nodiscard
function math.fmod(x, y) end

---@generic Number: number
---@param x Number
---@param ... Number
---@return Number
---@nodiscard
function math.max(x, ...) end

---@generic Number: number
---@param x Number
---@param ... Number
---@return Number
---@nodiscard
function math.min(x, ...) end

---@param x number
---@return integer
---@return number
---@nodiscard
function math.modf(x) end

---@param x number
---@return number
---@nodiscard
function math.sqrt(x) end

---@param x any
---@return integer?
---@nodiscard
function math.tointeger(x) end

---@param x any
---@return "integer"|"float"|nil
---@nodiscard
function math.type(x) end

---@param m integer
---@param n integer
---@return boolean
---@nodiscard
function math.ult(m, n) end

---@class stringlib
string = {}

---@param s string
---@param i? integer
---@param j? integer
---@return integer ...
---@nodiscard
function string.byte(s, i, j) end

---@param ... integer
---@return string
---@nodiscard
function string.char(...) end

--- Whether `part` is in `s`, as it stands.
---@param s string
---@param part string
---@return boolean
---@nodiscard
function string.contains(s, part) end

---@param s string %d %i %f %e %g %x %X %o %c %s
---@param ... any
---@return string
---@nodiscard
function string.format(s, ...) end

---@param s string
---@return integer
---@nodiscard
function string.len(s) end

---@param s string
---@return string
---@nodiscard
function string.lower(s) end

---@param s string
---@param n integer
---@param sep? string
---@return string
---@nodiscard
function string.rep(s, n, sep) end

---@param s string
---@return string
---@nodiscard
function string.reverse(s) end

---@param s string
---@param i integer
---@param j? integer
---@return string
---@nodiscard
function string.sub(s, i, j) end

---@param s string
---@return string
---@nodiscard
function string.upper(s) end

---@class moonsift.table
table = {}

---@param list table
---@param sep? string
---@param i? integer
---@param j? integer
---@return string
---@nodiscard
function table.concat(list, sep, i, j) end

---@overload fun(list: table, value: any)
---@param list table
---@param pos integer
---@param value any
function table.insert(list, pos, value) end

---@param list table
---@param pos? integer
---@return any
function table.remove(list, pos) end

---@generic T
---@param list T[]
---@param comp? fun(a: T, b: T): boolean
function table.sort(list, comp) end

---@generic T
---@param list T[]
---@param i? integer
---@param j? integer
---@return T ...
---@nodiscard
function table.unpack(list, i, j) end

---@class moonsift.utf8
utf8 = {}

---@param code integer
---@param ... integer
---@return string
---@nodiscard
function utf8.char(code, ...) end

---@param s string
---@param lax? boolean
---@return fun(s: string, p: integer): integer, integer
---@nodiscard
function utf8.codes(s, lax) end

---@param s string
---@param i? integer
---@param j? integer
---@param lax? boolean
---@return integer code
---@return integer ...
---@nodiscard
function utf8.codepoint(s, i, j, lax) end

---@param s string
---@param i? integer
---@param j? integer
---@param lax? boolean
---@return integer?
---@return integer?
---@nodiscard
function utf8.len(s, i, j, lax) end

---@param s string
---@param n integer
---@param i? integer
---@return integer p
---@nodiscard
function utf8.offset(s, n, i) end
