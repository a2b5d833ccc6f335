using System.Collections.Immutable;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace FhirOrchestrator.Tests.Tidy;

/// <summary>
/// Everything that the types of a compiled assembly use: base types, interfaces, attributes, constraints, signatures,
/// local variables and every token in their code, so that a fully qualified use is seen like any other. Constants are
/// not: the compiler copies them.
/// </summary>
internal sealed class AssemblyUses
{
    private readonly PEReader file;
    private readonly MetadataReader reader;
    private readonly TypeNames names;
    private readonly HashSet<Use> uses = [];

    private AssemblyUses(PEReader file)
    {
        this.file = file;
        reader = file.GetMetadataReader();
        names = new TypeNames(reader);
    }

    /// <summary>Reads an assembly's file.</summary>
    public static ImmutableArray<Use> Of(string path)
    {
        using var opened = new PEReader(File.OpenRead(path));
        var assembly = new AssemblyUses(opened);
        foreach (var handle in assembly.reader.TypeDefinitions)
        {
            assembly.ReadType(handle);
        }

        return [.. assembly.uses];
    }

    /// <summary>The names of all types that people wrote, nested ones with their own name.</summary>
    public static ImmutableArray<string> TypesOf(string path)
    {
        using var opened = new PEReader(File.OpenRead(path));
        var metadata = opened.GetMetadataReader();
        return
        [
            .. metadata.TypeDefinitions.Select(metadata.GetTypeDefinition)
                .Select(type => metadata.GetString(type.Name).Split('`')[0])
                .Where(name => !name.Contains('<')),
        ];
    }

    private void ReadType(TypeDefinitionHandle handle)
    {
        var type = reader.GetTypeDefinition(handle);
        var user = names.OfDefinition(handle);
        var generatedFor = names.MemberAround(handle);
        void Note(ImmutableArray<TypeName> used) => Add(user, generatedFor ?? "(type)", false, used, "");

        Note(names.Of(type.BaseType));
        foreach (var one in type.GetInterfaceImplementations())
        {
            Note(names.Of(reader.GetInterfaceImplementation(one).Interface));
        }

        ReadAttributes(type.GetCustomAttributes(), Note);
        ReadConstraints(type.GetGenericParameters(), Note);
        foreach (var one in type.GetFields().Select(reader.GetFieldDefinition))
        {
            Note(one.DecodeSignature(names, null));
            ReadAttributes(one.GetCustomAttributes(), Note);
        }

        foreach (var one in type.GetProperties().Select(reader.GetPropertyDefinition))
        {
            ReadAttributes(one.GetCustomAttributes(), Note);
        }

        foreach (var one in type.GetMethods().Select(reader.GetMethodDefinition))
        {
            ReadMethod(one, user, generatedFor);
        }
    }

    private void ReadMethod(MethodDefinition method, string user, string? generatedFor)
    {
        var name = reader.GetString(method.Name);
        var member = generatedFor ?? TypeNames.WrittenName(name);
        void Note(ImmutableArray<TypeName> used) => Add(user, member, false, used, "");

        NoteSignature(method.DecodeSignature(names, null), Note);
        ReadAttributes(method.GetCustomAttributes(), Note);
        ReadConstraints(method.GetGenericParameters(), Note);
        if (method.RelativeVirtualAddress == 0)
        {
            return;
        }

        var body = file.GetMethodBody(method.RelativeVirtualAddress);
        if (!body.LocalSignature.IsNil)
        {
            foreach (var local in reader.GetStandaloneSignature(body.LocalSignature).DecodeLocalSignature(names, null))
            {
                Note(local);
            }
        }

        foreach (var region in body.ExceptionRegions)
        {
            Note(names.Of(region.CatchType));
        }

        foreach (var token in IlTokens.Of(body.GetILBytes() ?? []))
        {
            ReadToken(MetadataTokens.EntityHandle(token), user, member, isGenerated: name == "MoveNext");
        }
    }

    private void ReadToken(EntityHandle handle, string user, string member, bool isGenerated)
    {
        void Note(ImmutableArray<TypeName> used, string usedMember) => Add(user, member, isGenerated, used, usedMember);
        switch (handle.Kind)
        {
            case HandleKind.TypeDefinition or HandleKind.TypeReference or HandleKind.TypeSpecification:
                Note(names.Of(handle), "");
                break;
            case HandleKind.MethodDefinition:
                var method = reader.GetMethodDefinition((MethodDefinitionHandle)handle);
                Note(names.Of(method.GetDeclaringType()), reader.GetString(method.Name));
                break;
            case HandleKind.FieldDefinition:
                var field = reader.GetFieldDefinition((FieldDefinitionHandle)handle);
                Note(names.Of(field.GetDeclaringType()), reader.GetString(field.Name));
                Note(field.DecodeSignature(names, null), "");
                break;
            case HandleKind.MethodSpecification:
                var generic = reader.GetMethodSpecification((MethodSpecificationHandle)handle);
                foreach (var argument in generic.DecodeSignature(names, null))
                {
                    Note(argument, "");
                }

                ReadToken(generic.Method, user, member, isGenerated);
                break;
            case HandleKind.MemberReference:
                ReadReference(reader.GetMemberReference((MemberReferenceHandle)handle), Note);
                break;
            case HandleKind.StandaloneSignature:
                var called = reader.GetStandaloneSignature((StandaloneSignatureHandle)handle);
                NoteSignature(called.DecodeMethodSignature(names, null), used => Note(used, ""));
                break;
            default:
                break; // strings
        }
    }

    private void ReadReference(MemberReference member, Action<ImmutableArray<TypeName>, string> note)
    {
        note(names.Of(member.Parent), reader.GetString(member.Name));
        if (member.GetKind() == MemberReferenceKind.Field)
        {
            note(member.DecodeFieldSignature(names, null), "");
        }
        else
        {
            NoteSignature(member.DecodeMethodSignature(names, null), used => note(used, ""));
        }
    }

    private void ReadAttributes(CustomAttributeHandleCollection attributes, Action<ImmutableArray<TypeName>> note)
    {
        foreach (var one in attributes.Select(reader.GetCustomAttribute))
        {
            note(one.Constructor.Kind == HandleKind.MemberReference
                ? names.Of(reader.GetMemberReference((MemberReferenceHandle)one.Constructor).Parent)
                : names.Of(reader.GetMethodDefinition((MethodDefinitionHandle)one.Constructor).GetDeclaringType()));
        }
    }

    private void ReadConstraints(GenericParameterHandleCollection parameters, Action<ImmutableArray<TypeName>> note)
    {
        foreach (var constraint in parameters.SelectMany(one => reader.GetGenericParameter(one).GetConstraints()))
        {
            note(names.Of(reader.GetGenericParameterConstraint(constraint).Type));
        }
    }

    private static void NoteSignature(
        MethodSignature<ImmutableArray<TypeName>> signature, Action<ImmutableArray<TypeName>> note)
    {
        note(signature.ReturnType);
        foreach (var parameter in signature.ParameterTypes)
        {
            note(parameter);
        }
    }

    private void Add(string user, string member, bool isGenerated, ImmutableArray<TypeName> used, string usedMember)
    {
        foreach (var (name, isOurs) in used)
        {
            uses.Add(new Use(user, member, isGenerated, name, usedMember, isOurs));
        }
    }
}
