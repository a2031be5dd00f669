/* Builds a small .NET assembly in code: a generic class N.C`1 with one nested class and one method
 * Run, whose signature a test chooses, and a row of every table that the module dotnet tells of. */
#ifndef CANDOR_MAKE_DOTNET_H
#define CANDOR_MAKE_DOTNET_H

#include "common/buf.h"

/* signature: MethodDefSig of Run; type_spec: the signature of TypeSpec row 1. Each at most 100
 * bytes. TypeRef row 1 is System.Object, TypeDef row 2 is N.C`1 with the generic parameter T. */
void make_dotnet(struct buf *out, struct span signature, struct span type_spec);

#endif
