-- What the peers and the limits work on: the tables of the specification's section 2 that they touch, with its keys and indexes.
DROP SCHEMA public CASCADE; CREATE SCHEMA public;
CREATE TABLE accounts (id SERIAL PRIMARY KEY, name VARCHAR(255));
INSERT INTO accounts VALUES (1, 'bench');
CREATE TABLE contacts (id SERIAL PRIMARY KEY, name VARCHAR(255), email VARCHAR(255), phone_number VARCHAR(50), identifier VARCHAR(255), thumbnail VARCHAR(255),
  custom_attributes JSONB DEFAULT '{}'::JSONB, account_id INT NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  created_at TIMESTAMPTZ DEFAULT NOW(), updated_at TIMESTAMPTZ DEFAULT NOW(),
  CONSTRAINT unique_email_per_account UNIQUE (email, account_id), CONSTRAINT unique_phone_per_account UNIQUE (phone_number, account_id));
CREATE INDEX index_contacts_on_account_id ON contacts(account_id);
CREATE INDEX index_contacts_on_email ON contacts(email);
CREATE INDEX index_contacts_on_phone_number ON contacts(phone_number);
CREATE TABLE labels (id SERIAL PRIMARY KEY, account_id INT NOT NULL REFERENCES accounts(id) ON DELETE CASCADE, title VARCHAR(255) NOT NULL, description TEXT,
  color VARCHAR(7) NOT NULL DEFAULT '#1f93ff', show_on_sidebar BOOLEAN DEFAULT true, created_at TIMESTAMPTZ DEFAULT NOW(), updated_at TIMESTAMPTZ DEFAULT NOW(),
  CONSTRAINT unique_label_per_account UNIQUE (title, account_id));
CREATE INDEX index_labels_on_account_id ON labels(account_id);
CREATE TABLE contact_labels (id SERIAL PRIMARY KEY, contact_id INT NOT NULL REFERENCES contacts(id) ON DELETE CASCADE,
  label_id INT NOT NULL REFERENCES labels(id) ON DELETE CASCADE, created_at TIMESTAMPTZ DEFAULT NOW(), updated_at TIMESTAMPTZ DEFAULT NOW(),
  CONSTRAINT unique_contact_label UNIQUE (contact_id, label_id));
CREATE INDEX index_contact_labels_on_contact_id ON contact_labels(contact_id);
CREATE INDEX index_contact_labels_on_label_id ON contact_labels(label_id);
INSERT INTO labels (account_id, title) SELECT 1, t FROM unnest('{qualified-lead,unqualified-lead,hot-lead,cold-lead,scraped-lead,cold-outreach,responded,high-priority,vip-customer,interim-job-seeker,permanent-job-seeker,freelance-preference,needs-human,ai-handled}'::text[]) WITH ORDINALITY u(t, o) ORDER BY o;
-- one row per accepted webhook (ours, not the seed's)
CREATE TABLE events (id BIGSERIAL PRIMARY KEY, delivery_id TEXT NOT NULL UNIQUE, account_id INT NOT NULL, contact_id INT, kind TEXT NOT NULL,
  score REAL, labels TEXT[], fired TEXT[], created_at TIMESTAMPTZ DEFAULT NOW());
