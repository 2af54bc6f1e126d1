-- E-commerce: people who buy in a shop and write to it.
-- Points are tenths of the score: 80 points are a score of 8.0. A condition on an attribute that is
-- not known is neither yes nor no: the rule gives nothing, and the decision says so.

vertical {
  name = "ecommerce",
  title = "E-commerce",
  says = "Scores customers by how often, how much and how lately they bought.",
}

---@type ecommerce.attributes
local a = attributes {
  {
    "order_count",
    integer { unit = "orders" },
    says = "Orders so far",
    columns = {
      "Orders", "Orders count", "Number of orders", "Bestellungen", "Anzahl Bestellungen",
      "Bestellingen", "Aantal bestellingen", "Pedidos", "Número de pedidos",
    },
  },
  {
    "total_spent",
    money { unit = "€" },
    says = "What all orders came to",
    columns = {
      "Total spend", "Revenue", "Lifetime value", "Umsatz", "Gesamtumsatz", "Omzet",
      "Totaal besteed", "Total gastado", "Importe total",
    },
  },
  {
    "last_purchase_date",
    date,
    says = "Day of the last order",
    columns = {
      "Last purchase", "Last order", "Last order date", "Letzte Bestellung", "Letzter Kauf",
      "Laatste bestelling", "Laatste aankoop", "Último pedido", "Última compra",
    },
  },
  {
    "preferred_channel",
    choice { "whatsapp", "instagram", "email", "phone" },
    says = "Where they like to be written to",
    columns = {
      "Channel", "Preferred contact", "Contact method", "Kanal", "Bevorzugter Kanal", "Kontaktweg",
      "Kanaal", "Voorkeurskanaal", "Canal", "Canal preferido",
    },
  },
}

local average_order = a.total_spent:per(a.order_count)

-- Orders ----------------------------------------------------------------------------------------

group { "orders", counts = "sum", says = "Having bought and coming back add up" }

rule {
  id = "E01",
  name = "has-ordered",
  group = "orders",
  points = 20,
  when = a.order_count:at_least(1),
  because = "Has bought from us",
}

rule {
  id = "E02",
  name = "repeat-customer",
  group = "orders",
  points = 20,
  when = a.order_count:at_least(3),
  because = "Keeps coming back",
}

-- Money -----------------------------------------------------------------------------------------

rule {
  id = "E03",
  name = "spent-400",
  points = 20,
  when = a.total_spent:at_least(400),
  because = "Among those who spend most",
  label = "vip-customer",
}

rule {
  id = "E04",
  name = "average-order-100",
  points = 15,
  when = average_order:at_least(100),
  because = "Orders are large on average",
}

-- How long ago ----------------------------------------------------------------------------------

rule {
  id = "E05",
  name = "bought-lately",
  points = 15,
  when = a.last_purchase_date:within_days(90),
  because = "Bought in the last 90 days",
  label = "responded",
}

rule {
  id = "E06",
  name = "gone-quiet",
  points = -20,
  when = a.last_purchase_date:older_than_days(365),
  because = "Has not bought for more than a year",
  label = "cold-lead",
}

-- Where they write ------------------------------------------------------------------------------

rule {
  id = "E07",
  name = "whatsapp",
  points = 10,
  when = a.preferred_channel:is "whatsapp",
  because = "Can be reached on WhatsApp, where people answer",
}

-- What follows from the score (0 to 100 points) -------------------------------------------------

outcome {
  id = "O1",
  name = "high-priority",
  when = score:at_least(80),
  because = "Among the best customers, even if something that was entered is invalid",
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

derive { "avg_order_value", average_order, says = "What one order comes to, rounded to a cent" }
derive { "loyalty_points", a.total_spent:whole(), says = "One point for each whole euro spent" }
derive { "vip_status", fired "E03", says = "Spent enough to be a VIP customer" }

-- Whoever ordered is a customer, whatever stood there before.
status {
  "lead_status",
  { when = fired "E01", value = "customer" },
  otherwise = "new",
}

-- In this order they are shown. Labels that are not listed here belong to people.
labels {
  { "cold-lead", colour = "#6b7280", says = "Low engagement, nurture campaign", sidebar = true },
  { "responded", colour = "#14b8a6", says = "Lead responded to outreach", sidebar = true },
  {
    "high-priority",
    colour = "#dc2626",
    says = "Urgent issue, needs immediate attention",
    sidebar = true,
  },
  {
    "vip-customer",
    colour = "#facc15",
    says = "High-value customer, premium treatment",
    sidebar = true,
  },
  { "needs-human", colour = "#f97316", says = "AI escalated to human agent", sidebar = true },
  { "ai-handled", colour = "#22c55e", says = "Successfully handled by AI" },
}
