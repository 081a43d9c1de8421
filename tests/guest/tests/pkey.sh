#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Copyright (C) 2026 The virtio_crypto authors
# run: --device reference --no-load --kernel 6.1,6.12,7 --qemu 11 --timeout 200
# files: keyctl
#
# keyctl's operations with an RSA key from user space, done by the device if the
# administrator has raised the driver's priority; and verification of a wrong signature.
# With the default priority, software does them.

. /lib/guest.sh

# a key of 2048 bits and its signature of a digest, both made by openssl (PKCS#1)
base64 -d >/tmp/key <<'END'
MIIEvgIBADANBgkqhkiG9w0BAQEFAASCBKgwggSkAgEAAoIBAQChrWnBRYh6D6Mvg7jrO623Cl0IfZARtay2dzhxRkYpuict
dPyKb/CxKM6VFRMaDI8/YxoGer2NUtaZ72+is9px1hbTJdwceSaWRJADg6cQnZsMk+ZikkaxOkIFwpZ4rRZ609KMWOGUbofW
ecbe9GbfDa5UtBaokKpnonV7qsxxmD3T25jAHzJcY/7wo0SiKgKKOWOf85+D09MpemBOrVTxsCOvfeJCHNFDJifrIM1/5Kwr
Rog98t9Jk/I25BOdIov65oq3iAQWCmm5MRH3S/qx/35d8LsQKL5X5/tBJ0g+M7BXuGO5ERV+2hEm5ACLuCJv/btCsx07NgTC
j1916N8tAgMBAAECggEAHzDo86/59e55YYvMi5lOWL9HloE+36PIh8U1XukbVSaEM2lb5UtWSJ9iR3Gy5zYgFq8EUNayJgci
vrzqMR34mTif26l0rwuSbbAZhowKGZMGXCVWb5Lfz4Y5QYo6ZFqkORsPhiMJlgzC6RZCTzYgeIzXoqDBtFCAh5DYkHyxh4J0
G2JJmz3z/On7iWzL6zILd1okQgpF1hnxsRbVhDK9BrVTUYgVFb0bUGwM5a5wbQGLcMOkhQ2O+9PoDyFW6wa1t11EXmyRgyaf
NbyTJrcl05FUdb43ihg8ityEwpO72eSs58Zs8SDvlyod/4wnlJmGllno82erEPHiiOzN3TiS4QKBgQDgydHdVU5Oiark226Y
RWfPQRhsJBMxknsoXOsWll2T6BnqmrI680aRNm5XE1N6t3nkOc2CT68ZW2kFuIdQDp1XnE2gw4N9cYVhYssoAMxU+oo6gEYW
9XLYmmuidMnt0GjLqBKSPAbxTDC+N6S7C+ltygVF0n+YBwh2G1b/48/s8QKBgQC4IErO1YT3kTPajEEwf4EPh9K6WlNq+Arp
HtCdVOQQGFmsD1SoApdCS+xsMAtRuJLxcco6+bFh8KkMUm/1JU0iWQJjiTFdjlDELUzHYmG14UQfrAF/UX6t919MnhGZNDAN
3uOCG1ZmPk9Hn3qS8OXlPB3KBB4MYmTdJY7gCnsF/QKBgQCY0Vu1RutHhVwC3hLfvj+GrNB3pEbQKq9Dj3fbETpo9R+5WJXW
cdEFo6V72Q2lndpmB83oy1dUu8o4M2z6RhU9nGtB4ekgfO6aeFl4xqIjG3ihsNb1gMQk8UY/WXp2DHtSCN8nP1vQ62UvzBBX
gQ+erfrLrwFDT3S3JnsM18lhYQKBgQCWro6p/+EmPSVDaF59EwuKqyvQJ9V2h/Fd4EL3Tp6pcVQJVC6CpEQnFD0yOIs64KMY
hnfqlacNsMaXd+t5ooIiZtdmn8LPfoUoVq4ryZ6PGwAGL1y2Vfom4neSGxXp2+SrpUlok3i8iaeVxLSqBg0N8YmrZn00w10q
Ae+P9+O//QKBgGgUpvIY4B0qXZrvMVoDLFaMeieISzC5Qz6T9pmqhFZ08sb1vbhEhH/PzfUt9zOK2TePI2GWBtFbVd5i358N
yOgX0qBg+4t6v6fr6AFTOyGlIMvQpP4nnf+zQvVu/XkpDz+pLW/l8uWzDU/HzAXcgr5YBOiiN9hDndGeTqoQRlOm
END
base64 -d >/tmp/signature <<'END'
EB0tMt0FkpGSfjN08kI/9lAescPX7GD5brYk7dqzj6ums8On67ab9fWoGvnkHOixq9YmWNUmdeJqaml004BYDnKXwcOa+x/+
TkiMBc/Ypt0ximmKoUuLJfTNOoZ6QltDtACxm72TMBWW36UjhWAxyl2N0diM8fkmohkDPmQlXrTONIUgOKetJgPjgY/WJFEW
I7Hja0vGht8YNGTxOHySEKftKWE80UzjLAsGVaHSzyrRpXdZJK8UWV8EWlajTuGZWVDp8mYspPANUrQBTzurChav37066c78
ezB5tHVfeH6Xbs1XobpTYltDhQ66P0tRRIbApwww/1om37dnFOzU5g==
END
printf 'what is signed' | sha256sum | cut -c1-64 | xxd -r -p >/tmp/digest
head -c 100 /dev/urandom >/tmp/text

# offloaded - requests with RSA keys that devices did: raw, or as signatures
offloaded() {
	awk '/^(rsa|pkcs1)/ { for (i = 3; i <= NF; i++) if (split($i, kv, "=") == 2 && kv[1] == "offloaded") n += kv[2] }
		END { print n + 0 }' /sys/kernel/debug/virtio_crypto/algs
}

# operations - each operation of keyctl once
operations() {
	check "encrypt" sh -c "keyctl pkey_encrypt $key 0 /tmp/text enc=pkcs1 >/tmp/secret"
	equal "length" "$(wc -c </tmp/secret)" 256
	check "decrypt" sh -c "keyctl pkey_decrypt $key 0 /tmp/secret enc=pkcs1 >/tmp/back"
	check "text" cmp /tmp/back /tmp/text
	check "sign" sh -c "keyctl pkey_sign $key 0 /tmp/digest enc=pkcs1 hash=sha256 >/tmp/mine"
	check "signature" cmp /tmp/mine /tmp/signature
	check "verify" keyctl pkey_verify "$key" 0 /tmp/digest /tmp/signature enc=pkcs1 hash=sha256
	{ printf x && tail -c +2 /tmp/digest; } >/tmp/other
	check_fails "verify a wrong signature" \
		keyctl pkey_verify "$key" 0 /tmp/other /tmp/signature enc=pkcs1 hash=sha256 2>/dev/null
}

need pkcs8_key_parser
modprobe virtio_crypto
keyctl new_session >/dev/null
wait_for 60 all_registered || fail "not all algorithms are registered"
key=$(keyctl padd asymmetric test @s </tmp/key)
before=$(offloaded)
operations
equal "by default, by the device" $(($(offloaded) - before)) 0
unload_driver

modprobe virtio_crypto akcipher_priority=500
wait_for 60 all_registered || fail "not all algorithms are registered"
before=$(offloaded)
operations
at_least "by the device" $(($(offloaded) - before)) 5

# a device that refuses a session gives no verdict on the signature
vcdev fault ctrl-status=1 >/dev/null
check "verify without a session" \
	keyctl pkey_verify "$key" 0 /tmp/digest /tmp/signature enc=pkcs1 hash=sha256
vcdev well >/dev/null
equal "requirements that the driver broke" "$(vcdev violations)" 0
