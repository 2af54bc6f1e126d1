-- Recruitment: people who look for work, found on social media or writing to us themselves.
-- Points are tenths of the score: 70 points are a score of 7.0. A condition on an attribute that is
-- not known is neither yes nor no: the rule gives nothing, and the decision says so.

vertical {
  name = "recruitment",
  title = "Recruitment",
  says = "Scores job seekers by budget, urgency, kind of work and what they did so far.",
}

---@type recruitment.attributes
local a = attributes {
  {
    "budget_min",
    integer { unit = "€ a year" },
    says = "Lowest yearly budget",
    columns = {
      "Min budget", "Minimum budget", "Budget from", "Salary from", "Budget von", "Mindestbudget",
      "Gehalt ab", "Budget vanaf", "Minimumsalaris", "Presupuesto mínimo", "Salario mínimo",
    },
  },
  {
    "budget_max",
    integer { unit = "€ a year" },
    says = "Highest yearly budget",
    columns = {
      "Budget", "Max budget", "Maximum budget", "Budget to", "Desired salary", "Budget bis",
      "Höchstbudget", "Gehaltswunsch", "Budget tot", "Gewenst salaris", "Presupuesto",
      "Presupuesto máximo", "Salario deseado",
    },
  },
  {
    "urgency_level",
    choice { "low", "medium", "high" },
    says = "How soon they want to start",
    columns = {
      "Urgency", "Priority", "Dringlichkeit", "Priorität", "Urgentie", "Prioriteit", "Urgencia",
      "Prioridad",
    },
  },
  {
    "job_type_preference",
    choice { "interim", "permanent", "freelance" },
    says = "The kind of work they look for",
    columns = {
      "Job type", "Type of work", "Employment type", "Beschäftigungsart", "Anstellungsart",
      "Soort werk", "Dienstverband", "Tipo de empleo", "Tipo de contrato",
    },
  },
  {
    "lead_source",
    choice { "instagram_scrape", "linkedin_scrape", "instagram_dm", "website_form", "referral" },
    says = "Where we know them from",
    columns = {
      "Source", "Origin", "Quelle", "Lead-Quelle", "Herkunft", "Bron", "Herkomst", "Fuente",
      "Origen",
    },
  },
  {
    "follower_count",
    integer { unit = "followers" },
    says = "Followers on Instagram",
    columns = {
      "Followers", "Number of followers", "Instagram followers", "Follower", "Anzahl Follower",
      "Volgers", "Aantal volgers", "Seguidores", "Número de seguidores",
    },
  },
  {
    "scraped_date",
    date,
    says = "Day on which we found their profile",
    columns = {
      "Scraped on", "Found on", "Gefunden am", "Erfasst am", "Gevonden op", "Encontrado el",
      "Fecha de captura",
    },
  },
  {
    "last_contact_date",
    date,
    says = "Day on which they last wrote to us",
    columns = {
      "Last contact", "Last contacted", "Last message", "Letzter Kontakt", "Zuletzt kontaktiert",
      "Laatste contact", "Último contacto",
    },
  },
  {
    "last_intent",
    as_is,
    says = "What the assistant understood that they want",
    columns = { "Intent", "Intention", "Absicht", "Anliegen", "Intentie", "Intención" },
  },
}

range { a.budget_min, a.budget_max }

-- Budget ----------------------------------------------------------------------------------------

rule {
  id = "R01",
  name = "budget-80k",
  points = 25,
  when = a.budget_max:at_least(80000),
  because = "Budget is in our top band",
}

rule {
  id = "R02",
  name = "budget-50k",
  points = 15,
  when = all { a.budget_max:at_least(50000), a.budget_max:less_than(80000) },
  because = "Budget is in our middle band",
}

-- Urgency ---------------------------------------------------------------------------------------

rule {
  id = "R03",
  name = "urgency-high",
  points = 25,
  when = a.urgency_level:is "high",
  because = "Wants to start now",
  label = "hot-lead",
}

rule {
  id = "R04",
  name = "urgency-low",
  points = -10,
  when = a.urgency_level:is "low",
  because = "Is in no hurry",
  label = "cold-lead",
}

-- Kind of work ----------------------------------------------------------------------------------

rule {
  id = "R05",
  name = "interim",
  points = 10,
  when = a.job_type_preference:is "interim",
  because = "Interim is our core business",
  label = "interim-job-seeker",
}

rule {
  id = "R06",
  name = "permanent",
  points = 5,
  when = a.job_type_preference:is "permanent",
  because = "Looks for a permanent position",
  label = "permanent-job-seeker",
}

rule {
  id = "R07",
  name = "freelance",
  points = 10,
  when = a.job_type_preference:is "freelance",
  because = "Looks for projects",
  label = "freelance-preference",
}

-- Where they come from, and whether they answered -----------------------------------------------

rule {
  id = "R08",
  name = "scraped",
  points = -5,
  when = a.lead_source:one_of { "instagram_scrape", "linkedin_scrape" },
  because = "We found the profile; they did not come to us",
  label = "scraped-lead",
}

rule {
  id = "R09",
  name = "not-contacted",
  points = 0,
  when = all { fired "R08", a.last_contact_date:missing() },
  because = "Found by us and not yet in contact",
  label = "cold-outreach",
}

rule {
  id = "R10",
  name = "responded",
  points = 15,
  when = all {
    a.last_contact_date:on_or_after(a.scraped_date),
    a.last_contact_date:within_days(90),
  },
  because = "Answered after we found them, in the last 90 days",
  label = "responded",
}

rule {
  id = "R11",
  name = "followers-10k",
  points = 10,
  when = a.follower_count:at_least(10000),
  because = "Has a wide audience",
}

rule {
  id = "R12",
  name = "job-search",
  points = 20,
  when = a.last_intent:is "job_search",
  because = "Asked for work in a message",
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
  id = "O3",
  name = "high-priority",
  when = all { a.urgency_level:is "high", score:at_least(80) },
  because = "Urgent, and among the best",
  label = "high-priority",
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

derive {
  "budget_range",
  words {
    "€{budget_min:thousands}-{budget_max:thousands}k",
    "€{budget_min:thousands}k+",
    "up to €{budget_max:thousands}k",
  },
  says = "The budget in words; the first form whose attributes are known",
}

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
  {
    "scraped-lead",
    colour = "#8b5cf6",
    says = "Lead from Instagram/LinkedIn scraping",
    sidebar = true,
  },
  {
    "cold-outreach",
    colour = "#ec4899",
    says = "Not yet contacted, pending outreach",
    sidebar = true,
  },
  { "responded", colour = "#14b8a6", says = "Lead responded to outreach", sidebar = true },
  {
    "high-priority",
    colour = "#dc2626",
    says = "Urgent issue, needs immediate attention",
    sidebar = true,
  },
  { "interim-job-seeker", colour = "#3b82f6", says = "Looking for interim/contract work" },
  { "permanent-job-seeker", colour = "#0ea5e9", says = "Looking for permanent employment" },
  { "freelance-preference", colour = "#06b6d4", says = "Prefers freelance/project work" },
  { "needs-human", colour = "#f97316", says = "AI escalated to human agent", sidebar = true },
  { "ai-handled", colour = "#22c55e", says = "Successfully handled by AI" },
}
