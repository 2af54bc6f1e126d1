---@meta
-- Declarations: what editors know about them. The words are explained in
-- scripts/moonsift/README.md.

---@class (exact) moonsift.vertical
---@field name string the folder's name
---@field title string for people
---@field says? string

--- Names the vertical.
---@param fields moonsift.vertical
function vertical(fields) end

--- An attribute's type, with or without options.
---@class (exact) moonsift.type

---@class (exact) moonsift.options.integer
---@field unit? string "€ a year"
---@field min? integer
---@field max? integer

---@class (exact) moonsift.options.money
---@field unit? string "€"
---@field min? number
---@field max? number

---@class (exact) moonsift.options.text
---@field pattern? string for the whole text
---@field min? integer bytes
---@field max? integer bytes

---@class (exact) moonsift.options.number
---@field unit? string "%"
---@field min? number at most six decimals
---@field max? number

---@class (exact) moonsift.options.date
---@field min? string "2020-01-01"
---@field max? string

---@class (exact) moonsift.options.time
---@field min? string "2020-01-01", "2020-01-01T08:00Z"
---@field max? string of a day its end

---@class (exact) moonsift.options.phone
---@field country? string calling code of numbers that begin with one 0: "31"

---@class (exact) moonsift.options.handle
---@field pattern? string for the whole of "@name"

---@class (exact) moonsift.options.none

--- Whole numbers, and texts like `€ 70.000` or `70k`.
---@class (exact) moonsift.type.integer: moonsift.type
---@operator call(moonsift.options.integer): moonsift.type
integer = {}

--- Amounts with two decimals.
---@class (exact) moonsift.type.money: moonsift.type
---@operator call(moonsift.options.money): moonsift.type
money = {}

--- Text; a pattern is for the whole of it.
---@class (exact) moonsift.type.text: moonsift.type
---@operator call(moonsift.options.text): moonsift.type
text = {}

--- True or false.
---@class (exact) moonsift.type.boolean: moonsift.type
---@operator call(moonsift.options.none): moonsift.type
boolean = {}

--- Texts that start `2025-02-01`.
---@class (exact) moonsift.type.date: moonsift.type
---@operator call(moonsift.options.date): moonsift.type
date = {}

--- Numbers with at most six decimals, compared exactly.
---@class (exact) moonsift.type.number: moonsift.type
---@operator call(moonsift.options.number): moonsift.type
number = {}

--- Moments: `2025-02-01T14:20:05+01:00`, without a zone in UTC, or seconds since 1970.
---@class (exact) moonsift.type.time: moonsift.type
---@operator call(moonsift.options.time): moonsift.type
time = {}

--- Addresses that begin with http:// or https://.
---@class (exact) moonsift.type.url: moonsift.type
---@operator call(moonsift.options.none): moonsift.type
url = {}

--- E-mail addresses, in lower case.
---@class (exact) moonsift.type.email: moonsift.type
---@operator call(moonsift.options.none): moonsift.type
email = {}

--- Phone numbers, as `+31612345678`.
---@class (exact) moonsift.type.phone: moonsift.type
---@operator call(moonsift.options.phone): moonsift.type
phone = {}

--- Names on platforms, as `@name`; the address of a profile is understood.
---@class (exact) moonsift.type.handle: moonsift.type
---@operator call(moonsift.options.handle): moonsift.type
handle = {}

--- Anything, never changed.
---@class (exact) moonsift.type.as_is: moonsift.type
---@operator call(moonsift.options.none): moonsift.type
as_is = {}

--- One of the listed texts: `choice { "low", "high" }`
---@param values string[] lower case
---@return moonsift.type
function choice(values) end

--- A list of them: `choices { "red", "blue" }`
---@param values string[] lower case
---@return moonsift.type
function choices(values) end

---@class (exact) moonsift.attributes.entry
---@field [1] string name, as it stands in the contact
---@field [2] moonsift.type
---@field says? string for people
---@field personal? boolean tells who somebody is, or how to reach them: not shown in explanations
---@field otherwise? any what rules see while it is absent; it is not stored
---@field deprecated? string what to use instead
---@field columns? string[] other names that it has in people's files

--- What is known about a contact: `attributes { { "budget", integer, says = "..." }, ... }`.
--- `---@type NAME.attributes` above it tells the editor which names there are.
---@param list moonsift.attributes.entry[]
---@return any
function attributes(list) end

--- Two ends of one range, swapped when they come the wrong way round: `range { a.low, a.high }`
---@param pair moonsift.attribute[]
function range(pair) end

---@class (exact) moonsift.knowledge
---@field query moonsift.attribute|moonsift.words what is searched for
---@field category? string only documents of this category
---@field threshold? number least similarity, 0 to 1; else the knowledge base's own

--- A look-up among the documents of the knowledge base.
---@class (exact) moonsift.lookup

---@param fields moonsift.knowledge
---@return moonsift.lookup
function knowledge(fields) end

---@class (exact) moonsift.fact
---@field [1] string name
---@field [2] moonsift.type
---@field from moonsift.lookup
---@field says? string for people

--- Look-ups that conditions read like attributes; missing while nobody gives them.
--- `---@type NAME.facts` above it tells the editor which names there are.
---@param list moonsift.fact[]
---@return any
function facts(list) end

---@class (exact) moonsift.group
---@field [1] string name
---@field says string
---@field counts "sum"|"highest" all that fired add up, or only the one with the most points counts
---@field max? integer points that the group counts at most
---@field min? integer points that it counts at least (0 or less)

--- Rules whose points count together: `rule { ..., group = "budget" }` puts one in.
---@param fields moonsift.group
function group(fields) end

---@class (exact) moonsift.score_range
---@field min? integer points, 0 unless said
---@field max? integer points, 100 unless said
---@field attribute? string where the score is stored, "qualification_score" unless said

--- Between what the whole score lies.
---@param fields moonsift.score_range
function score_range(fields) end

---@class (exact) moonsift.rule
---@field id string stable: decisions and differences name it
---@field name? string for people
---@field points integer tenths of the score
---@field when moonsift.condition
---@field because string one sentence
---@field label? string title of a label in labels { ... }
---@field group? string name of a group { ... } that its points count in

--- Adds its points when its condition is yes.
---@param fields moonsift.rule
function rule(fields) end

---@class (exact) moonsift.outcome
---@field id string stable: decisions and differences name it
---@field name? string for people
---@field when moonsift.condition may ask for `score` and `errors`
---@field because string one sentence
---@field label? string title of a label in labels { ... }

--- Judged when the score is known.
---@param fields moonsift.outcome
function outcome(fields) end

---@class (exact) moonsift.label
---@field [1] string title
---@field colour string "#10b981"
---@field says string
---@field sidebar? boolean

--- The labels of the vertical, in the order in which they are shown.
---@param list moonsift.label[]
function labels(list) end

--- Texts with attributes in braces; the first whose attributes are all known.
---@class (exact) moonsift.words

---@param list string[] "{budget_min:thousands}k"
---@return moonsift.words
function words(list) end

---@class (exact) moonsift.derive
---@field [1] string name
---@field [2] moonsift.words|moonsift.condition|moonsift.attribute words, fired, custom or a number
---@field says? string

--- An attribute that is written after judging.
---@param fields moonsift.derive
function derive(fields) end

---@class (exact) moonsift.status.case
---@field when moonsift.condition it may ask for `score`, `errors` and any rule
---@field value string

---@class (exact) moonsift.status
---@field [1] string "lead_status"
---@field [integer] moonsift.status.case
---@field stages? string[] all values that there are, in order
---@field only_forward? boolean a stored stage behind the one that was chosen stays
---@field keep? string[] values that stay
---@field otherwise string
---@field says? string

--- The status attribute: a kept value stays, else the first case that is yes, else `otherwise`.
---@param fields moonsift.status
function status(fields) end
