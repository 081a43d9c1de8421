// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The virtio_crypto authors
 *
 * vccompare: files that vctest has, too. In Kbuild, an object may belong to one
 * module only, so these files are compiled a second time here.
 */

#include "vctest_report.c"
#include "vctest_layout.c"
#include "vctest_anykey.c"
