-- Takes back the CRM tables with all that is in them, in the order of their references.
-- moonsift: layout stand-alone
DROP FUNCTION moonsift.labels_of(bigint[]);
DROP TABLE public.channel_api;
DROP TABLE public.channel_whatsapp;
DROP TABLE public.contact_labels;
DROP TABLE public.labels;
DROP TABLE public.messages;
DROP TABLE public.conversations;
DROP TABLE public.contacts;
DROP TABLE public.inboxes;
DROP TABLE public.teams;
DROP TABLE public.users;
DROP TABLE public.accounts;
DROP FUNCTION moonsift.touch_updated_at();
