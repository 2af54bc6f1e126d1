/*
 * Deliveries that are not judged in this batch: those of a parked vertical wait in the queue until
 * it is let go, those of a slow or suspect one have batches of their own, so that nobody waits
 * behind them.
 *
 * A delivery waits with its contact: what it says about others is not taken over either.
 */
#include "flow/batch.h"

static const ms_active *active_of(const ms_item *item)
{
    return item->main && item->end == MS_END_NONE ? item->main->card->active : NULL;
}

static void put_aside(ms_aside *list, size_t *n, const ms_item *item, const ms_active *active)
{
    list[(*n)++] = (ms_aside){item->account_id, item->event_id, active->vertical};
}

/* While older ones of it may wait aside, a vertical does not get quicker. */
static ms_pace pace_of(const ms_batch *b, const ms_conduct *c)
{
    ms_pace least = ms_conduct_pace(c, b->now_ms);
    for (ms_pace pace = MS_PACE_SUSPECT; pace > least; pace--)
        if (b->waiting[pace] && ms_conduct_knows(c, pace))
            return pace;
    return least;
}

/* True when the delivery stays. */
static bool stays(ms_batch *b, const ms_item *item)
{
    const ms_active *active = active_of(item);
    if (!active)
        return true;
    if (active->parked.p) {
        put_aside(b->parked, &b->n_parked, item, active);
        return false;
    }
    ms_pace pace = pace_of(b, active->conduct);
    if (pace <= b->pace)
        return true;
    put_aside(b->aside[pace], &b->n_aside[pace], item, active);
    return false;
}

/* People whom no delivery names any more go, and with them contacts that no person is. */
static void drop_unnamed(ms_batch *b)
{
    size_t people = 0, cards = 0;
    for (size_t i = 0; i < b->n_people; i++)
        b->people[i]->named = b->people[i]->card->named = false;
    for (size_t i = 0; i < b->n_items; i++)
        for (uint32_t c = 0; c < b->items[i].event.n_contacts; c++)
            b->items[i].people[c]->named = b->items[i].people[c]->card->named = true;
    for (size_t i = 0; i < b->n_people; i++)
        if (b->people[i]->named)
            b->people[people++] = b->people[i];
    for (size_t i = 0; i < b->n_cards; i++)
        if (b->cards[i]->named)
            b->cards[cards++] = b->cards[i];
    b->n_people = people;
    b->n_cards = cards;
}

bool ms_batch_select(ms_batch *b)
{
    size_t n = 0;
    ms_batch_assign(b);
    b->parked = ms_alloc_zero(b->arena, b->n_items + 1, sizeof *b->parked);
    for (ms_pace pace = MS_PACE_SLOW; pace < MS_PACES; pace++) {
        b->aside[pace] = ms_alloc_zero(b->arena, b->n_items + 1, sizeof *b->aside[pace]);
        if (!b->aside[pace])
            return false;
    }
    if (!b->parked)
        return false;
    for (size_t i = 0; i < b->n_items; i++)
        if (stays(b, &b->items[i]))
            b->items[n++] = b->items[i];
    if (n < b->n_items) {
        b->n_items = n;
        drop_unnamed(b);
    }
    return true;
}

void ms_batch_drop_later(ms_batch *b)
{
    size_t n = 0;
    for (size_t i = 0; i < b->n_items; i++)
        if (!b->items[i].main || !b->items[i].main->card->later)
            b->items[n++] = b->items[i];
    if (n < b->n_items) {
        b->n_items = n;
        drop_unnamed(b);
    }
}
