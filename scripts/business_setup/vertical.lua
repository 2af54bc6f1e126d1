-- Business set-up: people who want to found a company and need services for it.
-- Points are tenths of the score: 70 points are a score of 7.0. A condition on an attribute that is
-- not known is neither yes nor no: the rule gives nothing, and the decision says so.

vertical {
  name = "business_setup",
  title = "Business set-up",
  says = "Scores founders by budget, timeline, services they need and whether we meet.",
}

---@type business_setup.attributes
local a = attributes {
  {
    "company_type",
    choice { "tech_startup", "consultancy", "trading", "holding", "ecommerce" },
    says = "The kind of company",
    columns = {
      "Type of company", "Business type", "Unternehmensart", "Firmentyp", "Soort bedrijf",
      "Bedrijfstype", "Tipo de empresa",
    },
  },
  {
    "budget_range",
    text { pattern = "€?[0-9]{1,6}-[0-9]{1,6}k?" },
    says = "Budget in thousands, like €15-20k",
    columns = {
      "Budget", "Budgetrahmen", "Budgetspanne", "Budgetklasse", "Presupuesto",
      "Rango de presupuesto",
    },
  },
  {
    "timeline",
    text { pattern = "([0-9]{1,6}-)?[0-9]{1,6} months" },
    says = "When it has to be done, like 2-3 months or 6 months",
    columns = {
      "Time frame", "Deadline", "Zeitrahmen", "Zeitplan", "Tijdlijn", "Termijn", "Plazo",
    },
  },
  {
    "services_needed",
    choices {
      "company_registration", "visa_processing", "bank_account", "office_space", "tax_advice",
    },
    says = "What they need from us",
    columns = {
      "Services", "Leistungen", "Benötigte Leistungen", "Diensten", "Benodigde diensten",
      "Servicios", "Servicios necesarios",
    },
  },
  {
    "meeting_scheduled",
    boolean,
    says = "Whether a meeting is agreed",
    columns = {
      "Meeting", "Meeting booked", "Appointment", "Termin vereinbart", "Afspraak gemaakt",
      "Reunión agendada",
    },
  },
  {
    "meeting_date",
    date,
    says = "Day of the meeting",
    columns = {
      "Date of meeting", "Appointment date", "Termin", "Termin am", "Datum afspraak",
      "Fecha de la reunión",
    },
  },
}

local budget = a.budget_range:last_number() -- the upper end, in thousands
local months = a.timeline:last_number() -- at the latest

-- Budget ----------------------------------------------------------------------------------------

rule {
  id = "B01",
  name = "budget-20k",
  points = 25,
  when = budget:at_least(20),
  because = "Budget is in our top band",
}

rule {
  id = "B02",
  name = "budget-10k",
  points = 15,
  when = all { budget:at_least(10), budget:less_than(20) },
  because = "Budget is in our middle band",
}

-- Timeline --------------------------------------------------------------------------------------

rule {
  id = "B03",
  name = "within-3-months",
  points = 20,
  when = months:at_most(3),
  because = "Wants to be done within three months",
  label = "hot-lead",
}

rule {
  id = "B04",
  name = "after-9-months",
  points = -10,
  when = months:more_than(9),
  because = "Has more than nine months' time",
  label = "cold-lead",
}

-- Services --------------------------------------------------------------------------------------

rule {
  id = "B05",
  name = "three-services",
  points = 20,
  when = a.services_needed:count_at_least(3),
  because = "Needs several of our services",
}

rule {
  id = "B06",
  name = "bank-account",
  points = 5,
  when = a.services_needed:contains "bank_account",
  because = "Needs a bank account, which we are good at",
}

-- Who they are, and whether we meet -------------------------------------------------------------

rule {
  id = "B07",
  name = "meeting",
  points = 20,
  when = a.meeting_scheduled:is_true(),
  because = "Agreed to meet us",
  label = "responded",
}

rule {
  id = "B08",
  name = "tech-startup",
  points = 10,
  when = a.company_type:is "tech_startup",
  because = "Tech start-ups are our core business",
}

-- What follows from the score (0 to 100 points) -------------------------------------------------

outcome {
  id = "O1",
  name = "qualified",
  when = all { score:at_least(70), errors:none() },
  because = "Enough points, and nothing that was entered is invalid",
  label = "qualified-lead",
}

outcome {
  id = "O2",
  name = "unqualified",
  when = score:less_than(30),
  because = "Too few points",
  label = "unqualified-lead",
}

outcome {
  id = "O4",
  name = "needs-human",
  when = errors:any(),
  because = "Something that was entered is invalid; a person has to look",
  label = "needs-human",
}

outcome {
  id = "O5",
  name = "ai-handled",
  when = errors:none(),
  because = "Everything that was entered could be read",
  label = "ai-handled",
}

-- What is written -------------------------------------------------------------------------------

status {
  "lead_status",
  keep = { "customer" },
  { when = fired "O1", value = "qualified" },
  { when = fired "O2", value = "unqualified" },
  otherwise = "new",
}

-- In this order they are shown. Labels that are not listed here belong to people.
labels {
  {
    "qualified-lead",
    colour = "#10b981",
    says = "High-quality lead, passed qualification",
    sidebar = true,
  },
  {
    "unqualified-lead",
    colour = "#ef4444",
    says = "Does not meet qualification criteria",
    sidebar = true,
  },
  {
    "hot-lead",
    colour = "#f59e0b",
    says = "High urgency, immediate follow-up needed",
    sidebar = true,
  },
  { "cold-lead", colour = "#6b7280", says = "Low engagement, nurture campaign", sidebar = true },
  { "responded", colour = "#14b8a6", says = "Lead responded to outreach", sidebar = true },
  { "needs-human", colour = "#f97316", says = "AI escalated to human agent", sidebar = true },
  { "ai-handled", colour = "#22c55e", says = "Successfully handled by AI" },
}
