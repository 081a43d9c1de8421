// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The virtio_crypto authors
 *
 * vctest: the memory of a request, cut into scatterlists of every shape.
 *
 * Each fragment is in a separate region, with bytes around it that nobody may
 * change. A region has a second copy with its expected content. Comparing whole
 * regions detects wrong results, writes beside a fragment or beyond the length,
 * and changes of the source.
 */

#include <linux/list.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "vctest.h"

#define GUARD		64U
#define MAX_FRAG	(64U * 1024)

const char * const vct_mode_name[VCT_ALL_MODES] = {
	[VCT_OUT_OF_PLACE] = "out of place",
	[VCT_IN_PLACE] = "in place, one list",
	[VCT_IN_PLACE_TWO_LISTS] = "in place, two lists",
	[VCT_MIXED] = "partly in place",
	[VCT_SAME_ENDS] = "two lists with the same ends",
};

struct vct_region {
	struct list_head node;
	u8 *mem;
	u8 *expect;
	unsigned int size;
};

struct vct_frag {
	struct vct_region *region;
	unsigned int off;
	unsigned int len;
};

static struct vct_region *add_region(struct vct_layout *layout, unsigned int size,
				     bool paged, struct rnd_state *rng)
{
	struct vct_region *region;

	region = kzalloc_obj(*region);
	if (!region)
		return NULL;

	region->size = size;
	region->mem = paged ? vmalloc(size) : kmalloc(size, GFP_KERNEL);
	region->expect = kvmalloc(size, GFP_KERNEL);
	list_add_tail(&region->node, &layout->regions);
	if (!region->mem || !region->expect)
		return NULL;

	prandom_bytes_state(rng, region->mem, size);
	memcpy(region->expect, region->mem, size);
	return region;
}

static int add_frag(struct vct_list *list, struct vct_region *region,
		    unsigned int off, unsigned int len)
{
	struct vct_frag *frag;

	if (list->nr == list->room) {
		unsigned int room = list->room * 2 + 16;

		frag = krealloc_array(list->frag, room, sizeof(*frag),
				      GFP_KERNEL);
		if (!frag)
			return -ENOMEM;
		list->frag = frag;
		list->room = room;
	}
	list->frag[list->nr++] = (struct vct_frag){ region, off, len };
	return 0;
}

/* A fragment in a separate region: odd offsets, some across pages. */
static int add_new_frag(struct vct_layout *layout, struct vct_list *list,
			unsigned int len, struct rnd_state *rng)
{
	unsigned int off = vct_rnd(rng, GUARD);
	unsigned int size = off + len + 1 + vct_rnd(rng, GUARD);
	struct vct_region *region;

	/* kmalloc() aligns powers of two, so a page ends at PAGE_SIZE. */
	if (len > 1 && !vct_rnd(rng, 4)) {
		off = PAGE_SIZE - 1 - vct_rnd(rng, min_t(u32, len, PAGE_SIZE) - 1);
		size = roundup_pow_of_two(off + len + 1);
	}

	region = add_region(layout, size, false, rng);
	if (!region)
		return -ENOMEM;
	return add_frag(list, region, off, len);
}

/* Size of the next of @left pieces of @rest bytes. */
static unsigned int next_piece(unsigned int rest, unsigned int left,
			       struct rnd_state *rng)
{
	unsigned int others = left - 1;
	unsigned int most = min(rest - others, MAX_FRAG);
	unsigned int least = 1;

	if (rest > others * MAX_FRAG)
		least = rest - others * MAX_FRAG;
	return clamp(1 + vct_rnd(rng, 2 * (rest / left)), least, most);
}

static int add_new_frags(struct vct_layout *layout, struct vct_list *list,
			 unsigned int total, unsigned int nr,
			 const struct vct_shape *shape, struct rnd_state *rng)
{
	int err;

	nr = clamp(nr, DIV_ROUND_UP(total, MAX_FRAG), total);
	for (; nr; nr--) {
		unsigned int len = next_piece(total, nr, rng);

		err = add_new_frag(layout, list, len, rng);
		if (err)
			return err;
		total -= len;

		if (shape->empty && nr > 1 && !vct_rnd(rng, 4)) {
			err = add_new_frag(layout, list, 0, rng);
			if (err)
				return err;
		}
	}
	return 0;
}

/* One vmalloc'd region, an entry for each of its pages. */
static int add_page_frags(struct vct_layout *layout, struct vct_list *list,
			  unsigned int total, struct rnd_state *rng)
{
	unsigned int off = vct_rnd(rng, PAGE_SIZE);
	struct vct_region *region;
	int err;

	region = add_region(layout, off + total + GUARD, true, rng);
	if (!region)
		return -ENOMEM;

	while (total) {
		unsigned int len = min_t(unsigned int, total,
					 PAGE_SIZE - offset_in_page(off));

		err = add_frag(list, region, off, len);
		if (err)
			return err;
		off += len;
		total -= len;
	}
	return 0;
}

/* The source's memory with other fragments; with @mixed, some of them elsewhere. */
static int add_same_memory(struct vct_layout *layout, bool mixed,
			   struct rnd_state *rng)
{
	unsigned int i;
	int err;

	for (i = 0; i < layout->src.nr; i++) {
		struct vct_frag frag = layout->src.frag[i];

		do {
			unsigned int len = frag.len;

			if (len > 1 && vct_rnd(rng, 2))
				len = 1 + vct_rnd(rng, len);
			if (mixed && vct_rnd(rng, 2))
				err = add_new_frag(layout, &layout->dst, len, rng);
			else
				err = add_frag(&layout->dst, frag.region,
					       frag.off, len);
			if (err)
				return err;
			frag.off += len;
			frag.len -= len;
		} while (frag.len);
	}
	return 0;
}

static void set_entry(struct scatterlist *sg, const struct vct_frag *frag)
{
	u8 *p = frag->region->mem + frag->off;
	struct page *page = is_vmalloc_addr(p) ? vmalloc_to_page(p) :
						 virt_to_page(p);

	sg_set_page(sg, page, frag->len, offset_in_page(p));
}

/* Build the scatterlist of a list; if chained, from several tables. */
static int make_sg(struct vct_list *list, bool chained, struct rnd_state *rng)
{
	struct scatterlist *sg;
	unsigned int i;

	list->sg = kvcalloc(2 * list->nr, sizeof(*sg), GFP_KERNEL);
	if (!list->sg)
		return -ENOMEM;

	sg = list->sg;
	for (i = 0; i < list->nr; i++) {
		set_entry(sg, &list->frag[i]);
		if (i == list->nr - 1) {
			sg_mark_end(sg);
		} else if (chained && !vct_rnd(rng, 3)) {
			sg_chain(sg + 1, 1, sg + 2);
			sg += 2;
		} else {
			sg++;
		}
	}
	return 0;
}

static int make_list(struct vct_layout *layout, struct vct_list *list,
		     const struct vct_shape *shape, struct rnd_state *rng)
{
	unsigned int total = shape->len;

	if (list == &layout->dst && shape->dst_len)
		total = shape->dst_len;
	total += shape->tail;
	if (shape->paged)
		return add_page_frags(layout, list, total, rng);
	return add_new_frags(layout, list, total,
			     list == &layout->src ? shape->src_frags :
						    shape->dst_frags,
			     shape, rng);
}

/* The memory that both lists share at an end. */
static int add_end(struct vct_layout *layout, unsigned int len,
		   struct rnd_state *rng)
{
	struct vct_frag frag;
	int err;

	if (!len)
		return 0;
	err = add_new_frag(layout, &layout->src, len, rng);
	if (err)
		return err;
	frag = layout->src.frag[layout->src.nr - 1];
	return add_frag(&layout->dst, frag.region, frag.off, frag.len);
}

static int fill_same_ends(struct vct_layout *layout,
			  const struct vct_shape *shape, struct rnd_state *rng)
{
	return add_end(layout, shape->head, rng) ?:
	       make_list(layout, &layout->src, shape, rng) ?:
	       make_list(layout, &layout->dst, shape, rng) ?:
	       add_end(layout, shape->foot, rng) ?:
	       make_sg(&layout->src, shape->chained, rng) ?:
	       make_sg(&layout->dst, shape->chained, rng);
}

static int fill_layout(struct vct_layout *layout, const struct vct_shape *shape,
		       struct rnd_state *rng)
{
	int err;

	if (shape->mode == VCT_SAME_ENDS)
		return fill_same_ends(layout, shape, rng);
	err = make_list(layout, &layout->src, shape, rng);
	if (err)
		return err;
	err = make_sg(&layout->src, shape->chained, rng);
	if (err || layout->same)
		return err;

	if (shape->mode == VCT_OUT_OF_PLACE)
		err = make_list(layout, &layout->dst, shape, rng);
	else
		err = add_same_memory(layout, shape->mode == VCT_MIXED, rng);
	if (err)
		return err;
	return make_sg(&layout->dst, shape->chained, rng);
}

/**
 * vct_layout_make() - allocate memory and lists, filled at random
 * @shape: their description; lists always have at least one byte
 * @rng: source of randomness
 *
 * Return: the layout, or NULL without memory.
 */
struct vct_layout *vct_layout_make(const struct vct_shape *shape,
				   struct rnd_state *rng)
{
	struct vct_shape s = *shape;
	struct vct_layout *layout;

	layout = kzalloc_obj(*layout);
	if (!layout)
		return NULL;

	if (!s.len && !s.tail)
		s.tail = 1;
	INIT_LIST_HEAD(&layout->regions);
	layout->same = s.mode == VCT_IN_PLACE;
	if (fill_layout(layout, &s, rng)) {
		vct_layout_free(layout);
		return NULL;
	}
	return layout;
}

/**
 * vct_layout_src() - the source
 * @layout: made
 *
 * Return: its scatterlist.
 */
struct scatterlist *vct_layout_src(const struct vct_layout *layout)
{
	return layout->src.sg;
}

/**
 * vct_layout_dst() - the destination
 * @layout: made
 *
 * Return: its scatterlist.
 */
struct scatterlist *vct_layout_dst(const struct vct_layout *layout)
{
	return layout->same ? layout->src.sg : layout->dst.sg;
}

static void collect(const struct vct_frag *frag, u8 *buf, unsigned int len)
{
	for (; len; frag++) {
		unsigned int n = min(len, frag->len);

		memcpy(buf, frag->region->mem + frag->off, n);
		buf += n;
		len -= n;
	}
}

/**
 * vct_layout_read() - copy the source to a buffer
 * @layout: made
 * @buf: the buffer
 * @len: number of bytes
 */
void vct_layout_read(const struct vct_layout *layout, u8 *buf, unsigned int len)
{
	collect(layout->src.frag, buf, len);
}

/**
 * vct_layout_read_dst() - copy the destination to a buffer
 * @layout: made
 * @buf: the buffer
 * @len: number of bytes
 */
void vct_layout_read_dst(const struct vct_layout *layout, u8 *buf,
			 unsigned int len)
{
	collect(layout->same ? layout->src.frag : layout->dst.frag, buf, len);
}

/**
 * vct_layout_write() - overwrite the source
 * @layout: made, not in use
 * @buf: the new data
 * @len: its length
 */
void vct_layout_write(struct vct_layout *layout, const u8 *buf, unsigned int len)
{
	const struct vct_frag *frag = layout->src.frag;

	for (; len; frag++) {
		unsigned int n = min(len, frag->len);

		memcpy(frag->region->mem + frag->off, buf, n);
		memcpy(frag->region->expect + frag->off, buf, n);
		buf += n;
		len -= n;
	}
}

/**
 * vct_layout_expect() - set the expected content of the destination
 * @layout: made
 * @buf: the result
 * @len: its length
 */
void vct_layout_expect(struct vct_layout *layout, const u8 *buf, unsigned int len)
{
	const struct vct_frag *frag;

	frag = layout->same ? layout->src.frag : layout->dst.frag;
	for (; len; frag++) {
		unsigned int n = min(len, frag->len);

		memcpy(frag->region->expect + frag->off, buf, n);
		buf += n;
		len -= n;
	}
}

/**
 * vct_layout_forgive() - accept any content of the destination
 * @layout: made
 * @len: for that many bytes; everything else must be unchanged
 *
 * Software that refuses a length may have done whole blocks before.
 */
void vct_layout_forgive(struct vct_layout *layout, unsigned int len)
{
	const struct vct_frag *frag;

	frag = layout->same ? layout->src.frag : layout->dst.frag;
	for (; len; frag++) {
		unsigned int n = min(len, frag->len);

		memcpy(frag->region->expect + frag->off,
		       frag->region->mem + frag->off, n);
		len -= n;
	}
}

/**
 * vct_layout_matches() - compare all memory with its expected content
 * @layout: made
 *
 * Return: whether every byte, including guards, is as expected.
 */
bool vct_layout_matches(const struct vct_layout *layout)
{
	const struct vct_region *region;
	unsigned int i;

	list_for_each_entry(region, &layout->regions, node) {
		if (!memcmp(region->mem, region->expect, region->size))
			continue;
		for (i = 0; region->mem[i] == region->expect[i]; i++)
			;
		vct_fault("wrong byte %u of a region of %u", i, region->size);
		return false;
	}
	return true;
}

/**
 * vct_layout_free() - free lists and memory, unless a driver may use them
 * @layout: made, perhaps incompletely
 */
void vct_layout_free(struct vct_layout *layout)
{
	struct vct_region *region, *next;

	if (vct_stuck)
		return;

	list_for_each_entry_safe(region, next, &layout->regions, node) {
		kvfree(region->mem);
		kvfree(region->expect);
		kfree(region);
	}
	kfree(layout->src.frag);
	kfree(layout->dst.frag);
	kvfree(layout->src.sg);
	kvfree(layout->dst.sg);
	kfree(layout);
}
