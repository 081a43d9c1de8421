/* SPDX-License-Identifier: GPL-2.0 */
/* What the C library lacks. */
#ifndef VCDEV_UTIL_H
#define VCDEV_UTIL_H

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

#endif
