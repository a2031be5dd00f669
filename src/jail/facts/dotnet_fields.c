/* The field tables of the module dotnet: names, types and documentation, after YARA 4.5. */
#include "jail/facts/dotnet_fields.h"

static const struct field texts[] = {
    {.name = "", .kind = FACT_STRING},
    {.name = NULL},
};

static const struct field numbers[] = {
    {.name = "", .kind = FACT_INT},
    {.name = NULL},
};

const struct field dotnet_stream_fields[] = {
    [DOTNET_STREAM_NAME] = {.name = "name", .kind = FACT_STRING, .doc = "of the stream"},
    [DOTNET_STREAM_OFFSET] = {.name = "offset", .kind = FACT_INT, .doc = "in the file"},
    [DOTNET_STREAM_SIZE] = {.name = "size", .kind = FACT_INT, .doc = "bytes"},
    {.name = NULL},
};

static const struct field streams[] = {
    {.name = "", .kind = FACT_STRUCT, .kids = dotnet_stream_fields},
    {.name = NULL},
};

const struct field dotnet_resource_fields[] = {
    [DOTNET_RESOURCE_OFFSET] = {.name = "offset", .kind = FACT_INT, .doc = "in the file"},
    [DOTNET_RESOURCE_LENGTH] = {.name = "length", .kind = FACT_INT, .doc = "bytes"},
    [DOTNET_RESOURCE_NAME] = {.name = "name", .kind = FACT_STRING, .doc = "of the resource"},
    {.name = NULL},
};

static const struct field resources[] = {
    {.name = "", .kind = FACT_STRUCT, .kids = dotnet_resource_fields},
    {.name = NULL},
};

const struct field dotnet_param_fields[] = {
    [DOTNET_PARAM_NAME] = {.name = "name", .kind = FACT_STRING, .doc = "of the parameter"},
    [DOTNET_PARAM_TYPE] = {.name = "type", .kind = FACT_STRING, .doc = "as C# writes it"},
    {.name = NULL},
};

static const struct field params[] = {
    {.name = "", .kind = FACT_STRUCT, .kids = dotnet_param_fields},
    {.name = NULL},
};

const struct field dotnet_method_fields[] = {
    [DOTNET_METHOD_GENERIC_PARAMETERS] = {.name = "generic_parameters",
                                          .kind = FACT_ARRAY,
                                          .kids = texts,
                                          .doc = "names"},
    [DOTNET_METHOD_NUMBER_OF_GENERIC_PARAMETERS] = {.name = "number_of_generic_parameters",
                                                    .kind = FACT_INT,
                                                    .doc = "in generic_parameters"},
    [DOTNET_METHOD_PARAMETERS] = {.name = "parameters",
                                  .kind = FACT_ARRAY,
                                  .kids = params,
                                  .doc = "each parameter"},
    [DOTNET_METHOD_NUMBER_OF_PARAMETERS] = {.name = "number_of_parameters",
                                            .kind = FACT_INT,
                                            .doc = "in parameters"},
    [DOTNET_METHOD_RETURN_TYPE] = {.name = "return_type",
                                   .kind = FACT_STRING,
                                   .doc = "undefined for constructors"},
    [DOTNET_METHOD_ABSTRACT] = {.name = "abstract", .kind = FACT_INT, .doc = "0 or 1"},
    [DOTNET_METHOD_FINAL] = {.name = "final", .kind = FACT_INT, .doc = "0 or 1"},
    [DOTNET_METHOD_VIRTUAL] = {.name = "virtual", .kind = FACT_INT, .doc = "0 or 1"},
    [DOTNET_METHOD_STATIC] = {.name = "static", .kind = FACT_INT, .doc = "0 or 1"},
    [DOTNET_METHOD_VISIBILITY] = {.name = "visibility",
                                  .kind = FACT_STRING,
                                  .doc = "public, private ..."},
    [DOTNET_METHOD_NAME] = {.name = "name", .kind = FACT_STRING, .doc = "of the method"},
    {.name = NULL},
};

static const struct field methods[] = {
    {.name = "", .kind = FACT_STRUCT, .kids = dotnet_method_fields},
    {.name = NULL},
};

const struct field dotnet_class_fields[] = {
    [DOTNET_CLASS_FULLNAME] = {.name = "fullname",
                               .kind = FACT_STRING,
                               .doc = "with its name space"},
    [DOTNET_CLASS_NAME] = {.name = "name",
                           .kind = FACT_STRING,
                           .doc = "without the count of generic parameters"},
    [DOTNET_CLASS_NAMESPACE] = {.name = "namespace",
                                .kind = FACT_STRING,
                                .doc = "and enclosing types"},
    [DOTNET_CLASS_VISIBILITY] = {.name = "visibility",
                                 .kind = FACT_STRING,
                                 .doc = "public, internal ..."},
    [DOTNET_CLASS_TYPE] = {.name = "type", .kind = FACT_STRING, .doc = "class or interface"},
    [DOTNET_CLASS_ABSTRACT] = {.name = "abstract", .kind = FACT_INT, .doc = "0 or 1"},
    [DOTNET_CLASS_SEALED] = {.name = "sealed", .kind = FACT_INT, .doc = "0 or 1"},
    [DOTNET_CLASS_NUMBER_OF_GENERIC_PARAMETERS] = {.name = "number_of_generic_parameters",
                                                   .kind = FACT_INT,
                                                   .doc = "in generic_parameters"},
    [DOTNET_CLASS_GENERIC_PARAMETERS] = {.name = "generic_parameters",
                                         .kind = FACT_ARRAY,
                                         .kids = texts,
                                         .doc = "names"},
    [DOTNET_CLASS_NUMBER_OF_BASE_TYPES] = {.name = "number_of_base_types",
                                           .kind = FACT_INT,
                                           .doc = "in base_types"},
    [DOTNET_CLASS_BASE_TYPES] = {.name = "base_types",
                                 .kind = FACT_ARRAY,
                                 .kids = texts,
                                 .doc = "parent and interfaces"},
    [DOTNET_CLASS_NUMBER_OF_METHODS] = {.name = "number_of_methods",
                                        .kind = FACT_INT,
                                        .doc = "in methods"},
    [DOTNET_CLASS_METHODS] = {.name = "methods",
                              .kind = FACT_ARRAY,
                              .kids = methods,
                              .doc = "each method"},
    {.name = NULL},
};

static const struct field classes[] = {
    {.name = "", .kind = FACT_STRUCT, .kids = dotnet_class_fields},
    {.name = NULL},
};

static const struct field version_fields[] = {
    [DOTNET_VERSION_MAJOR] = {.name = "major", .kind = FACT_INT, .doc = "first number"},
    [DOTNET_VERSION_MINOR] = {.name = "minor", .kind = FACT_INT, .doc = "second number"},
    [DOTNET_VERSION_BUILD_NUMBER] = {.name = "build_number",
                                     .kind = FACT_INT,
                                     .doc = "third number"},
    [DOTNET_VERSION_REVISION_NUMBER] = {.name = "revision_number",
                                        .kind = FACT_INT,
                                        .doc = "fourth number"},
    {.name = NULL},
};

const struct field dotnet_ref_fields[] = {
    [DOTNET_REF_VERSION] = {.name = "version",
                            .kind = FACT_STRUCT,
                            .kids = version_fields,
                            .doc = "wanted version"},
    [DOTNET_REF_PUBLIC_KEY_OR_TOKEN] = {.name = "public_key_or_token",
                                        .kind = FACT_STRING,
                                        .doc = "as in the file"},
    [DOTNET_REF_NAME] = {.name = "name", .kind = FACT_STRING, .doc = "of the assembly"},
    {.name = NULL},
};

static const struct field refs[] = {
    {.name = "", .kind = FACT_STRUCT, .kids = dotnet_ref_fields},
    {.name = NULL},
};

static const struct field assembly_fields[] = {
    [DOTNET_ASSEMBLY_VERSION] = {.name = "version",
                                 .kind = FACT_STRUCT,
                                 .kids = version_fields,
                                 .doc = "its version"},
    [DOTNET_ASSEMBLY_NAME] = {.name = "name", .kind = FACT_STRING, .doc = "its name"},
    [DOTNET_ASSEMBLY_CULTURE] = {.name = "culture", .kind = FACT_STRING, .doc = "when it has one"},
    {.name = NULL},
};

const struct field dotnet_fields[] = {
    [DOTNET_IS_DOTNET] = {.name = "is_dotnet", .kind = FACT_INT, .doc = "1 for a .NET file"},
    [DOTNET_VERSION] = {.name = "version", .kind = FACT_STRING, .doc = "of the metadata"},
    [DOTNET_MODULE_NAME] = {.name = "module_name", .kind = FACT_STRING, .doc = "of the module"},
    [DOTNET_STREAMS] = {.name = "streams",
                        .kind = FACT_ARRAY,
                        .kids = streams,
                        .doc = "each metadata stream"},
    [DOTNET_NUMBER_OF_STREAMS] = {.name = "number_of_streams",
                                  .kind = FACT_INT,
                                  .doc = "in streams"},
    [DOTNET_GUIDS] = {.name = "guids", .kind = FACT_ARRAY, .kids = texts, .doc = "at most 16"},
    [DOTNET_NUMBER_OF_GUIDS] = {.name = "number_of_guids", .kind = FACT_INT, .doc = "in guids"},
    [DOTNET_RESOURCES] = {.name = "resources",
                          .kind = FACT_ARRAY,
                          .kids = resources,
                          .doc = "those inside the file"},
    [DOTNET_NUMBER_OF_RESOURCES] = {.name = "number_of_resources",
                                    .kind = FACT_INT,
                                    .doc = "in resources"},
    [DOTNET_CLASSES] = {.name = "classes",
                        .kind = FACT_ARRAY,
                        .kids = classes,
                        .doc = "each type of the file"},
    [DOTNET_NUMBER_OF_CLASSES] = {.name = "number_of_classes",
                                  .kind = FACT_INT,
                                  .doc = "in classes"},
    [DOTNET_ASSEMBLY_REFS] = {.name = "assembly_refs",
                              .kind = FACT_ARRAY,
                              .kids = refs,
                              .doc = "assemblies that it needs"},
    [DOTNET_NUMBER_OF_ASSEMBLY_REFS] = {.name = "number_of_assembly_refs",
                                        .kind = FACT_INT,
                                        .doc = "in assembly_refs"},
    [DOTNET_ASSEMBLY] = {.name = "assembly",
                         .kind = FACT_STRUCT,
                         .kids = assembly_fields,
                         .doc = "the assembly itself"},
    [DOTNET_MODULEREFS] = {.name = "modulerefs",
                           .kind = FACT_ARRAY,
                           .kids = texts,
                           .doc = "names of modules that it needs"},
    [DOTNET_NUMBER_OF_MODULEREFS] = {.name = "number_of_modulerefs",
                                     .kind = FACT_INT,
                                     .doc = "in modulerefs"},
    [DOTNET_USER_STRINGS] = {.name = "user_strings",
                             .kind = FACT_ARRAY,
                             .kids = texts,
                             .doc = "UTF-16"},
    [DOTNET_NUMBER_OF_USER_STRINGS] = {.name = "number_of_user_strings",
                                       .kind = FACT_INT,
                                       .doc = "in user_strings"},
    [DOTNET_TYPELIB] = {.name = "typelib", .kind = FACT_STRING, .doc = "GUID of its type library"},
    [DOTNET_CONSTANTS] = {.name = "constants",
                          .kind = FACT_ARRAY,
                          .kids = texts,
                          .doc = "string constants, UTF-16"},
    [DOTNET_NUMBER_OF_CONSTANTS] = {.name = "number_of_constants",
                                    .kind = FACT_INT,
                                    .doc = "in constants"},
    [DOTNET_FIELD_OFFSETS] = {.name = "field_offsets",
                              .kind = FACT_ARRAY,
                              .kids = numbers,
                              .doc = "initial values of fields, offsets in the file"},
    [DOTNET_NUMBER_OF_FIELD_OFFSETS] = {.name = "number_of_field_offsets",
                                        .kind = FACT_INT,
                                        .doc = "in field_offsets"},
    {.name = NULL},
};
