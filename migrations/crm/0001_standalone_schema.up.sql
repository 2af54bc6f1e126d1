-- The CRM tables of the stand-alone layout: accounts, inboxes, contacts, conversations, messages,
-- labels. Columns and names are those of the specification's sections 2.2 to 2.10, in an order that
-- can be created, and with what it references but never defines (accounts, users, teams).
--
-- Every name is written with its schema: a role called moonsift has schema moonsift in front of
-- public in its search path, and a bare CREATE TABLE would land there.
-- moonsift: layout stand-alone

-- Keeps updated_at where a statement changes something and does not set the column itself. A writer
-- that knows the sender's own time sets it; an UPDATE that changes nothing leaves it alone.
CREATE FUNCTION moonsift.touch_updated_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.updated_at IS NOT DISTINCT FROM OLD.updated_at AND NEW IS DISTINCT FROM OLD THEN
        NEW.updated_at := now();
    END IF;
    RETURN NEW;
END
$$;

CREATE TABLE public.accounts (
    id         serial PRIMARY KEY,
    name       varchar(255) NOT NULL,
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz DEFAULT now()
);

CREATE TABLE public.users (
    id         serial PRIMARY KEY,
    account_id int REFERENCES public.accounts (id) ON DELETE CASCADE,
    name       varchar(255) NOT NULL,
    email      varchar(255),
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz DEFAULT now()
);
CREATE INDEX index_users_on_account_id ON public.users (account_id);

CREATE TABLE public.teams (
    id         serial PRIMARY KEY,
    account_id int NOT NULL REFERENCES public.accounts (id) ON DELETE CASCADE,
    name       varchar(255) NOT NULL,
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz DEFAULT now()
);
CREATE INDEX index_teams_on_account_id ON public.teams (account_id);

CREATE TABLE public.inboxes (
    id                     serial PRIMARY KEY,
    account_id             int NOT NULL REFERENCES public.accounts (id) ON DELETE CASCADE,
    name                   varchar(255) NOT NULL,
    channel_type           varchar(50) NOT NULL,
    greeting_enabled       boolean DEFAULT false,
    greeting_message       text,
    out_of_office_message  text,
    working_hours_enabled  boolean DEFAULT false,
    enable_auto_assignment boolean DEFAULT true,
    created_at             timestamptz DEFAULT now(),
    updated_at             timestamptz DEFAULT now()
);
CREATE INDEX index_inboxes_on_account_id ON public.inboxes (account_id);

CREATE TABLE public.contacts (
    id                serial PRIMARY KEY,
    name              varchar(255),
    email             varchar(255),
    phone_number      varchar(50),
    identifier        varchar(255),
    thumbnail         varchar(255),
    custom_attributes jsonb DEFAULT '{}',
    account_id        int NOT NULL REFERENCES public.accounts (id) ON DELETE CASCADE,
    created_at        timestamptz DEFAULT now(),
    updated_at        timestamptz DEFAULT now(),
    CONSTRAINT unique_email_per_account UNIQUE (email, account_id),
    CONSTRAINT unique_phone_per_account UNIQUE (phone_number, account_id)
);
CREATE INDEX index_contacts_on_account_id ON public.contacts (account_id);
CREATE INDEX index_contacts_on_email ON public.contacts (email);
CREATE INDEX index_contacts_on_phone_number ON public.contacts (phone_number);
-- A@b.c and a@b.c are one person, whoever writes the row.
CREATE UNIQUE INDEX unique_normal_email_per_account
    ON public.contacts (account_id, lower(btrim(email, E' \t\r\n')));
CREATE INDEX index_contacts_on_identifier ON public.contacts (account_id, identifier);

CREATE TABLE public.conversations (
    id                    serial PRIMARY KEY,
    contact_id            int REFERENCES public.contacts (id) ON DELETE SET NULL,
    inbox_id              int NOT NULL REFERENCES public.inboxes (id) ON DELETE CASCADE,
    account_id            int NOT NULL REFERENCES public.accounts (id) ON DELETE CASCADE,
    status                varchar(50) DEFAULT 'open',
    assignee_id           int REFERENCES public.users (id) ON DELETE SET NULL,
    team_id               int REFERENCES public.teams (id) ON DELETE SET NULL,
    uuid                  uuid DEFAULT gen_random_uuid(),
    additional_attributes jsonb DEFAULT '{}',
    created_at            timestamptz DEFAULT now(),
    updated_at            timestamptz DEFAULT now(),
    last_activity_at      timestamptz DEFAULT now(),
    CONSTRAINT conversations_status_check
        CHECK (status IN ('open', 'resolved', 'pending', 'snoozed'))
);
CREATE INDEX index_conversations_on_account_id ON public.conversations (account_id);
CREATE INDEX index_conversations_on_contact_id ON public.conversations (contact_id);
CREATE INDEX index_conversations_on_inbox_id ON public.conversations (inbox_id);
CREATE INDEX index_conversations_on_status ON public.conversations (status);
CREATE INDEX index_conversations_on_last_activity_at
    ON public.conversations (last_activity_at DESC);
-- For the foreign keys: deleting a user or a team must not scan the table.
CREATE INDEX index_conversations_on_assignee_id ON public.conversations (assignee_id);
CREATE INDEX index_conversations_on_team_id ON public.conversations (team_id);

CREATE TABLE public.messages (
    id                    serial PRIMARY KEY,
    conversation_id       int NOT NULL REFERENCES public.conversations (id) ON DELETE CASCADE,
    account_id            int NOT NULL REFERENCES public.accounts (id) ON DELETE CASCADE,
    content               text,
    message_type          varchar(50) NOT NULL,
    content_type          varchar(50) DEFAULT 'text',
    content_attributes    jsonb DEFAULT '{}',
    sender_type           varchar(50),
    sender_id             int,
    status                varchar(50) DEFAULT 'sent',
    source_id             varchar(255),
    external_source_id    varchar(255),
    additional_attributes jsonb DEFAULT '{}',
    created_at            timestamptz DEFAULT now(),
    updated_at            timestamptz DEFAULT now(),
    CONSTRAINT messages_message_type_check
        CHECK (message_type IN ('incoming', 'outgoing', 'activity', 'template')),
    CONSTRAINT messages_status_check
        CHECK (status IN ('sent', 'delivered', 'read', 'failed'))
);
CREATE INDEX index_messages_on_conversation_id ON public.messages (conversation_id);
CREATE INDEX index_messages_on_account_id ON public.messages (account_id);
CREATE INDEX index_messages_on_created_at ON public.messages (created_at DESC);
CREATE INDEX index_messages_on_source_id ON public.messages (source_id);

CREATE TABLE public.labels (
    id              serial PRIMARY KEY,
    account_id      int NOT NULL REFERENCES public.accounts (id) ON DELETE CASCADE,
    title           varchar(255) NOT NULL,
    description     text,
    color           varchar(7) NOT NULL DEFAULT '#1f93ff',
    show_on_sidebar boolean DEFAULT true,
    created_at      timestamptz DEFAULT now(),
    updated_at      timestamptz DEFAULT now(),
    CONSTRAINT unique_label_per_account UNIQUE (title, account_id)
);
CREATE INDEX index_labels_on_account_id ON public.labels (account_id);

CREATE TABLE public.contact_labels (
    id         serial PRIMARY KEY,
    contact_id int NOT NULL REFERENCES public.contacts (id) ON DELETE CASCADE,
    label_id   int NOT NULL REFERENCES public.labels (id) ON DELETE CASCADE,
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz DEFAULT now(),
    CONSTRAINT unique_contact_label UNIQUE (contact_id, label_id)
);
CREATE INDEX index_contact_labels_on_contact_id ON public.contact_labels (contact_id);
CREATE INDEX index_contact_labels_on_label_id ON public.contact_labels (label_id);

CREATE TABLE public.channel_whatsapp (
    id                serial PRIMARY KEY,
    account_id        int NOT NULL REFERENCES public.accounts (id) ON DELETE CASCADE,
    phone_number      varchar(50) NOT NULL,
    provider          varchar(50) NOT NULL,
    provider_config   jsonb DEFAULT '{}',
    message_templates jsonb DEFAULT '[]',
    created_at        timestamptz DEFAULT now(),
    updated_at        timestamptz DEFAULT now(),
    CONSTRAINT unique_whatsapp_phone_per_account UNIQUE (phone_number, account_id)
);
CREATE INDEX index_channel_whatsapp_on_account_id ON public.channel_whatsapp (account_id);

CREATE TABLE public.channel_api (
    id             serial PRIMARY KEY,
    account_id     int NOT NULL REFERENCES public.accounts (id) ON DELETE CASCADE,
    webhook_url    varchar(255),
    hmac_token     varchar(255),
    hmac_mandatory boolean DEFAULT false,
    created_at     timestamptz DEFAULT now(),
    updated_at     timestamptz DEFAULT now()
);
CREATE INDEX index_channel_api_on_account_id ON public.channel_api (account_id);

CREATE TRIGGER touch_updated_at BEFORE UPDATE ON public.accounts
    FOR EACH ROW EXECUTE FUNCTION moonsift.touch_updated_at();
CREATE TRIGGER touch_updated_at BEFORE UPDATE ON public.users
    FOR EACH ROW EXECUTE FUNCTION moonsift.touch_updated_at();
CREATE TRIGGER touch_updated_at BEFORE UPDATE ON public.teams
    FOR EACH ROW EXECUTE FUNCTION moonsift.touch_updated_at();
CREATE TRIGGER touch_updated_at BEFORE UPDATE ON public.inboxes
    FOR EACH ROW EXECUTE FUNCTION moonsift.touch_updated_at();
CREATE TRIGGER touch_updated_at BEFORE UPDATE ON public.contacts
    FOR EACH ROW EXECUTE FUNCTION moonsift.touch_updated_at();
CREATE TRIGGER touch_updated_at BEFORE UPDATE ON public.conversations
    FOR EACH ROW EXECUTE FUNCTION moonsift.touch_updated_at();
CREATE TRIGGER touch_updated_at BEFORE UPDATE ON public.messages
    FOR EACH ROW EXECUTE FUNCTION moonsift.touch_updated_at();
CREATE TRIGGER touch_updated_at BEFORE UPDATE ON public.labels
    FOR EACH ROW EXECUTE FUNCTION moonsift.touch_updated_at();
CREATE TRIGGER touch_updated_at BEFORE UPDATE ON public.contact_labels
    FOR EACH ROW EXECUTE FUNCTION moonsift.touch_updated_at();
CREATE TRIGGER touch_updated_at BEFORE UPDATE ON public.channel_whatsapp
    FOR EACH ROW EXECUTE FUNCTION moonsift.touch_updated_at();
CREATE TRIGGER touch_updated_at BEFORE UPDATE ON public.channel_api
    FOR EACH ROW EXECUTE FUNCTION moonsift.touch_updated_at();

-- The labels of contacts as they are now, each a JSON array. VOLATILE on purpose: called behind row
-- locks it sees what was committed while the caller waited, which the calling statement does not.
CREATE FUNCTION moonsift.labels_of(contacts bigint[])
RETURNS TABLE (contact_id bigint, labels text)
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    RETURN QUERY
    SELECT x.contact_id::bigint, json_agg(l.title ORDER BY l.title COLLATE "C")::text
    FROM public.contact_labels x JOIN public.labels l ON l.id = x.label_id
    WHERE x.contact_id = ANY (contacts)
    GROUP BY x.contact_id;
END
$$;

INSERT INTO public.accounts (name) VALUES ('Account 1');
