/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls that nobody may make, included before every source file by the build.
 *
 * Poison is stronger than a macro: even taking the address fails. The headers
 * that declare the names must come first, and names that are macros be undefined.
 */
#ifndef CC_BASE_BANNED_H
#define CC_BASE_BANNED_H

#include <alloca.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#undef alloca
#undef strdupa
#undef strndupa
#undef vsprintf
#undef sprintf

#pragma GCC poison strcpy strcat strncpy strncat stpcpy sprintf vsprintf
#pragma GCC poison strtok atoi atol atof rand srand
#pragma GCC poison gmtime localtime ctime asctime
#pragma GCC poison mktemp tmpnam tempnam
#pragma GCC poison alloca strdupa strndupa
#pragma GCC poison signal system popen

#endif
