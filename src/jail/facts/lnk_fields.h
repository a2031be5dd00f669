/* The module lnk: its field table (lnk_fields.c) by number. */
#ifndef CANDOR_LNK_FIELDS_H
#define CANDOR_LNK_FIELDS_H

#include "jail/facts/module.h"

enum { LNK_ATTRIBUTES = 15 }; /* FILE_ATTRIBUTE_ constants before the fields */

enum lnk_field {
    LNK_IS_LNK = LNK_ATTRIBUTES,
    LNK_NAME,
    LNK_CREATION_TIME,
    LNK_ACCESS_TIME,
    LNK_WRITE_TIME,
    LNK_FILE_SIZE,
    LNK_FILE_ATTRIBUTES,
    LNK_ICON_LOCATION,
    LNK_ICON_INDEX,
    LNK_SHOW_COMMAND,
    LNK_DRIVE_TYPE,
    LNK_DRIVE_SERIAL,
    LNK_VOLUME_LABEL,
    LNK_LOCAL_BASE_PATH,
    LNK_COMMON_PATH_SUFFIX,
    LNK_RELATIVE_PATH,
    LNK_WORKING_DIR,
    LNK_CMD_LINE_ARGS,
    LNK_OVERLAY_SIZE,
    LNK_OVERLAY_OFFSET,
    LNK_TRACKER,
    LNK_TARGET_IDS,
};
enum lnk_tracker_field {
    TRACKER_VERSION,
    TRACKER_MACHINE,
    TRACKER_VOLUME,
    TRACKER_FILE,
    TRACKER_BIRTH_VOLUME,
    TRACKER_BIRTH_FILE,
};
enum lnk_item_field {
    ITEM_TYPE,
    ITEM_DATA,
    ITEM_CPL,
    ITEM_ROOT,
    ITEM_VOLUME_NAME,
    ITEM_VOLUME_ID,
    ITEM_FILE,
    ITEM_NETWORK,
};
/* What class bytes of shell items mean: module constants, too. */
enum lnk_item_type {
    SHELL_CPL = 0,
    SHELL_CATEGORY = 1,
    SHELL_ROOT = 0x1f,
    SHELL_VOLUME = 0x20,
    SHELL_FILE = 0x30,
    SHELL_NETWORK = 0x40,
    SHELL_ARCHIVE = 0x52,
    SHELL_URI = 0x61,
    SHELL_CONTROL_PANEL = 0x71,
    SHELL_PRINTERS = 0x72,
    SHELL_COMMON = 0x73,
    SHELL_USERS = 0x74,
};

extern const struct field lnk_fields[];
extern const struct field lnk_item_fields[];

#endif
