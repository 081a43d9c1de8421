/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The virtio_crypto authors
 *
 * The parts of wire_test, each in a file of its own.
 */
#ifndef VCDEV_WIRE_TEST_H
#define VCDEV_WIRE_TEST_H

/* Published vectors in every form, and the matrix of what passed */
void test_vectors(void);
/* Requirements on drivers, each broken and reported once */
void test_breaches(void);
/* Misbehaviour and other commands; counts */
void test_faults(void);
/* What DPDK's vhost-crypto answers, and where */
void test_dpdk(void);
/* Input that is bad in no particular way */
void test_bad(void);
/* Rings under load: every request is answered, and every answer told of */
void test_stress(void);

#endif
