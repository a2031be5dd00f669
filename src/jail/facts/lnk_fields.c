/* The field table of the module lnk, YARA-X's. */
#include "jail/facts/lnk_fields.h"

/* clang-format off */
#define CONST(name, number) {name, FACT_INT, .is_const = true, .value = (number)}
#define NUMBER(at, name, text) [at] = {name, FACT_INT, .doc = (text)}
#define TEXT(at, name, text) [at] = {name, FACT_STRING, .doc = (text)}

static const struct field show_commands[] = {
    CONST("NORMAL", 1), CONST("MAXIMIZED", 3), CONST("MIN_NO_ACTIVE", 7), {.name = NULL},
};
static const struct field drive_types[] = {
    CONST("UNKNOWN", 0), CONST("NO_ROOT_DIR", 1), CONST("REMOVABLE", 2), CONST("FIXED", 3),
    CONST("REMOTE", 4), CONST("CDROM", 5), CONST("RAMDISK", 6), {.name = NULL},
};
static const struct field item_types[] = {
    CONST("CONTROL_PANEL_CPL", SHELL_CPL),
    CONST("CONTROL_PANEL_CATEGORY", SHELL_CATEGORY),
    CONST("ROOT_FOLDER", SHELL_ROOT),
    CONST("VOLUME", SHELL_VOLUME),
    CONST("FILE_ENTRY", SHELL_FILE),
    CONST("NETWORK_LOCATION", SHELL_NETWORK),
    CONST("COMPRESSED_FOLDER", SHELL_ARCHIVE),
    CONST("URI", SHELL_URI),
    CONST("CONTROL_PANEL", SHELL_CONTROL_PANEL),
    CONST("PRINTERS", SHELL_PRINTERS),
    CONST("COMMON_PLACES_FOLDER", SHELL_COMMON),
    CONST("USERS_FILES_FOLDER", SHELL_USERS),
    {.name = NULL},
};
static const struct field tracker[] = {
    NUMBER(TRACKER_VERSION, "version", "version of the block"),
    TEXT(TRACKER_MACHINE, "machine_id", "NetBIOS name of the machine where the target was last"),
    TEXT(TRACKER_VOLUME, "droid_volume_id", "GUID of the volume"),
    TEXT(TRACKER_FILE, "droid_file_id", "GUID of the file; often made of a time and a MAC address"),
    TEXT(TRACKER_BIRTH_VOLUME, "droid_birth_volume_id", "GUID of the volume when the link was made"),
    TEXT(TRACKER_BIRTH_FILE, "droid_birth_file_id", "GUID of the file when the link was made"),
    {.name = NULL},
};
const struct field lnk_item_fields[] = {
    NUMBER(ITEM_TYPE, "item_type", "what it is, a ShellItemType; else its class byte"),
    TEXT(ITEM_DATA, "data", "its bytes behind the class byte"),
    TEXT(ITEM_CPL, "cpl_file_path", "path of a control panel's file"),
    TEXT(ITEM_ROOT, "root_folder_id", "GUID of a root folder"),
    TEXT(ITEM_VOLUME_NAME, "volume_name", "name of a volume"),
    TEXT(ITEM_VOLUME_ID, "volume_id", "GUID of a volume"),
    TEXT(ITEM_FILE, "file_entry_name", "name of a file or folder"),
    TEXT(ITEM_NETWORK, "network_location", "UNC path of a place on the network"),
    {.name = NULL},
};
static const struct field item = {"", FACT_STRUCT, lnk_item_fields};

const struct field lnk_fields[] = {
    CONST("FILE_ATTRIBUTE_READONLY", 0x1),
    CONST("FILE_ATTRIBUTE_HIDDEN", 0x2),
    CONST("FILE_ATTRIBUTE_SYSTEM", 0x4),
    CONST("RESERVED_1", 0x8),
    CONST("FILE_ATTRIBUTE_DIRECTORY", 0x10),
    CONST("FILE_ATTRIBUTE_ARCHIVE", 0x20),
    CONST("RESERVED_2", 0x40),
    CONST("FILE_ATTRIBUTE_NORMAL", 0x80),
    CONST("FILE_ATTRIBUTE_TEMPORARY", 0x100),
    CONST("FILE_ATTRIBUTE_SPARSE_FILE", 0x200),
    CONST("FILE_ATTRIBUTE_REPARSE_POINT", 0x400),
    CONST("FILE_ATTRIBUTE_COMPRESSED", 0x800),
    CONST("FILE_ATTRIBUTE_OFFLINE", 0x1000),
    CONST("FILE_ATTRIBUTE_NOT_CONTENT_INDEXED", 0x2000),
    CONST("FILE_ATTRIBUTE_ENCRYPTED", 0x4000),
    NUMBER(LNK_IS_LNK, "is_lnk", "1 for a Windows shortcut, else 0"),
    TEXT(LNK_NAME, "name", "what is shown of it to users"),
    NUMBER(LNK_CREATION_TIME, "creation_time", "of the target, seconds since 1970"),
    NUMBER(LNK_ACCESS_TIME, "access_time", "the same, last access"),
    NUMBER(LNK_WRITE_TIME, "write_time", "the same, last change"),
    NUMBER(LNK_FILE_SIZE, "file_size", "bytes of the target, the lower 32 bits"),
    NUMBER(LNK_FILE_ATTRIBUTES, "file_attributes", "of the target: FILE_ATTRIBUTE_ bits"),
    TEXT(LNK_ICON_LOCATION, "icon_location", "file that has its icon"),
    NUMBER(LNK_ICON_INDEX, "icon_index", "which icon there"),
    NUMBER(LNK_SHOW_COMMAND, "show_command", "how the window is to open, a ShowCommand"),
    NUMBER(LNK_DRIVE_TYPE, "drive_type", "of the target's volume, a DriveType"),
    NUMBER(LNK_DRIVE_SERIAL, "drive_serial_number", "serial number of the target's volume"),
    TEXT(LNK_VOLUME_LABEL, "volume_label", "label of the target's volume"),
    TEXT(LNK_LOCAL_BASE_PATH, "local_base_path", "first part of the target's path"),
    TEXT(LNK_COMMON_PATH_SUFFIX, "common_path_suffix", "the rest of it"),
    TEXT(LNK_RELATIVE_PATH, "relative_path", "path to the target from the shortcut"),
    TEXT(LNK_WORKING_DIR, "working_dir", "folder in which the target is started"),
    TEXT(LNK_CMD_LINE_ARGS, "cmd_line_args", "arguments with which it is started"),
    NUMBER(LNK_OVERLAY_SIZE, "overlay_size", "bytes behind the shortcut"),
    NUMBER(LNK_OVERLAY_OFFSET, "overlay_offset", "where they begin, if there are any"),
    [LNK_TRACKER] = {"tracker_data", FACT_STRUCT, tracker, .doc = "for finding a target that moved"},
    [LNK_TARGET_IDS] = {"target_id_list", FACT_ARRAY, &item, .doc = "the target, step by step from a root"},
    {"ShowCommand", FACT_STRUCT, show_commands, .doc = "values of show_command"},
    {"DriveType", FACT_STRUCT, drive_types, .doc = "values of drive_type"},
    {"ShellItemType", FACT_STRUCT, item_types, .doc = "values of item_type"},
    {.name = NULL},
};
/* clang-format on */
