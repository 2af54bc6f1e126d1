-- scripts/recruitment with every condition on a contact written as a Lua function: a row of
-- `./dev bench rules`, whose check lines are those of the others. A function is not called while an
-- attribute that it reads is missing, and it sees neither the score nor errors: those stay words.

vertical {
  name = "recruitment_functions",
  title = "Recruitment, in functions",
  says = "Scores job seekers by budget, urgency, kind of work and what they did so far.",
}

local a = attributes {
  { "budget_min", integer { unit = "€ a year" }, says = "Lowest yearly budget" },
  { "budget_max", integer { unit = "€ a year" }, says = "Highest yearly budget" },
  { "urgency_level", choice { "low", "medium", "high" }, says = "How soon they want to start" },
  {
    "job_type_preference",
    choice { "interim", "permanent", "freelance" },
    says = "The kind of work they look for",
  },
  {
    "lead_source",
    choice { "instagram_scrape", "linkedin_scrape", "instagram_dm", "website_form", "referral" },
    says = "Where we know them from",
  },
  { "follower_count", integer { unit = "followers" }, says = "Followers on Instagram" },
  { "scraped_date", date, says = "Day on which we found their profile" },
  { "last_contact_date", date, says = "Day on which they last wrote to us" },
  { "last_intent", as_is, says = "What the assistant understood that they want" },
}

range { a.budget_min, a.budget_max }

-- Budget ----------------------------------------------------------------------------------------

rule {
  id = "R01",
  name = "budget-80k",
  points = 25,
  when = custom {
    reads = { a.budget_max },
    says = "budget of 80,000 or more",
    fn = function(v)
      return v.budget_max >= 80000
    end,
  },
  because = "Budget is in our top band",
}

rule {
  id = "R02",
  name = "budget-50k",
  points = 15,
  when = custom {
    reads = { a.budget_max },
    says = "budget of 50,000 to 80,000",
    fn = function(v)
      return v.budget_max >= 50000 and v.budget_max < 80000
    end,
  },
  because = "Budget is in our middle band",
}

-- Urgency ---------------------------------------------------------------------------------------

rule {
  id = "R03",
  name = "urgency-high",
  points = 25,
  when = custom {
    reads = { a.urgency_level },
    says = "urgency is high",
    fn = function(v)
      return v.urgency_level == "high"
    end,
  },
  because = "Wants to start now",
  label = "hot-lead",
}

rule {
  id = "R04",
  name = "urgency-low",
  points = -10,
  when = custom {
    reads = { a.urgency_level },
    says = "urgency is low",
    fn = function(v)
      return v.urgency_level == "low"
    end,
  },
  because = "Is in no hurry",
  label = "cold-lead",
}

-- Kind of work ----------------------------------------------------------------------------------

rule {
  id = "R05",
  name = "interim",
  points = 10,
  when = custom {
    reads = { a.job_type_preference },
    says = "wants interim work",
    fn = function(v)
      return v.job_type_preference == "interim"
    end,
  },
  because = "Interim is our core business",
  label = "interim-job-seeker",
}

rule {
  id = "R06",
  name = "permanent",
  points = 5,
  when = custom {
    reads = { a.job_type_preference },
    says = "wants a permanent job",
    fn = function(v)
      return v.job_type_preference == "permanent"
    end,
  },
  because = "Looks for a permanent position",
  label = "permanent-job-seeker",
}

rule {
  id = "R07",
  name = "freelance",
  points = 10,
  when = custom {
    reads = { a.job_type_preference },
    says = "wants freelance work",
    fn = function(v)
      return v.job_type_preference == "freelance"
    end,
  },
  because = "Looks for projects",
  label = "freelance-preference",
}

-- Where they come from, and whether they answered -----------------------------------------------

local function scraped(v)
  return v.lead_source == "instagram_scrape" or v.lead_source == "linkedin_scrape"
end

rule {
  id = "R08",
  name = "scraped",
  points = -5,
  when = custom {
    reads = { a.lead_source },
    says = "found by us",
    fn = scraped,
  },
  because = "We found the profile; they did not come to us",
  label = "scraped-lead",
}

rule {
  id = "R09",
  name = "not-contacted",
  points = 0,
  when = all {
    custom { reads = { a.lead_source }, says = "found by us", fn = scraped },
    a.last_contact_date:missing(),
  },
  because = "Found by us and not yet in contact",
  label = "cold-outreach",
}

rule {
  id = "R10",
  name = "responded",
  points = 15,
  when = custom {
    reads = { a.last_contact_date, a.scraped_date },
    says = "in contact after we found them, in the last 90 days",
    fn = function(v, today)
      return v.last_contact_date >= v.scraped_date and today - v.last_contact_date <= 90
    end,
  },
  because = "Answered after we found them, in the last 90 days",
  label = "responded",
}

rule {
  id = "R11",
  name = "followers-10k",
  points = 10,
  when = custom {
    reads = { a.follower_count },
    says = "10,000 followers or more",
    fn = function(v)
      return v.follower_count >= 10000
    end,
  },
  because = "Has a wide audience",
}

rule {
  id = "R12",
  name = "job-search",
  points = 20,
  when = custom {
    reads = { a.last_intent },
    says = "intent is job_search",
    fn = function(v)
      return v.last_intent == "job_search"
    end,
  },
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
  when = all {
    custom {
      reads = { a.urgency_level },
      says = "urgency is high",
      fn = function(v)
        return v.urgency_level == "high"
      end,
    },
    score:at_least(80),
  },
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
