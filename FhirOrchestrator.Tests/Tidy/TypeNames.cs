using System.Collections.Immutable;
using System.Reflection.Metadata;

namespace FhirOrchestrator.Tests.Tidy;

/// <summary>A type's name with its namespace.</summary>
internal readonly record struct TypeName(string FullName, bool IsOurs);

/// <summary>
/// All type names that a signature or a token holds, flattened: <c>List&lt;Foo[]&gt;</c> is List and Foo.
/// </summary>
internal sealed class TypeNames(MetadataReader reader) : ISignatureTypeProvider<ImmutableArray<TypeName>, object?>
{
    /// <summary>The name of the outermost type around a definition: what is nested belongs to it.</summary>
    public string OfDefinition(TypeDefinitionHandle handle)
    {
        var type = Outermost(handle);
        var name = reader.GetString(type.Name).Split('`')[0];
        var space = reader.GetString(type.Namespace);
        return space.Length == 0 ? name : $"{space}.{name}";
    }

    /// <summary>
    /// The member that a generated class (a state machine, a display class) was written in; null for others.
    /// </summary>
    public string? MemberAround(TypeDefinitionHandle handle)
    {
        while (!handle.IsNil)
        {
            var name = reader.GetString(reader.GetTypeDefinition(handle).Name);
            if (name.Contains('<') && WrittenName(name) != name)
            {
                return WrittenName(name);
            }

            handle = reader.GetTypeDefinition(handle).GetDeclaringType();
        }

        return null;
    }

    /// <summary><c>&lt;Run&gt;d__3</c> and <c>&lt;Run&gt;b__0</c> were written in <c>Run</c>.</summary>
    public static string WrittenName(string name)
    {
        var start = name.IndexOf('<', StringComparison.Ordinal);
        var end = name.IndexOf('>', StringComparison.Ordinal);
        return start >= 0 && end > start + 1 ? name[(start + 1)..end] : name;
    }

    public ImmutableArray<TypeName> Of(EntityHandle handle) => handle.IsNil
        ? []
        : handle.Kind switch
        {
            HandleKind.TypeDefinition => [new TypeName(OfDefinition((TypeDefinitionHandle)handle), true)],
            HandleKind.TypeReference => [new TypeName(OfReference((TypeReferenceHandle)handle), false)],
            HandleKind.TypeSpecification => reader.GetTypeSpecification((TypeSpecificationHandle)handle)
                .DecodeSignature(this, null),
            _ => [],
        };

    public ImmutableArray<TypeName> GetTypeFromDefinition(
        MetadataReader reader, TypeDefinitionHandle handle, byte rawTypeKind) => Of(handle);

    public ImmutableArray<TypeName> GetTypeFromReference(
        MetadataReader reader, TypeReferenceHandle handle, byte rawTypeKind) => Of(handle);

    public ImmutableArray<TypeName> GetTypeFromSpecification(
        MetadataReader reader, object? genericContext, TypeSpecificationHandle handle, byte rawTypeKind) => Of(handle);

    public ImmutableArray<TypeName> GetGenericInstantiation(
        ImmutableArray<TypeName> genericType, ImmutableArray<ImmutableArray<TypeName>> typeArguments) =>
        [.. genericType, .. typeArguments.SelectMany(one => one)];

    public ImmutableArray<TypeName> GetFunctionPointerType(MethodSignature<ImmutableArray<TypeName>> signature) =>
        [.. signature.ReturnType, .. signature.ParameterTypes.SelectMany(one => one)];

    public ImmutableArray<TypeName> GetModifiedType(
        ImmutableArray<TypeName> modifier, ImmutableArray<TypeName> unmodifiedType, bool isRequired) => unmodifiedType;

    public ImmutableArray<TypeName> GetArrayType(ImmutableArray<TypeName> elementType, ArrayShape shape) => elementType;

    public ImmutableArray<TypeName> GetSZArrayType(ImmutableArray<TypeName> elementType) => elementType;

    public ImmutableArray<TypeName> GetByReferenceType(ImmutableArray<TypeName> elementType) => elementType;

    public ImmutableArray<TypeName> GetPointerType(ImmutableArray<TypeName> elementType) => elementType;

    public ImmutableArray<TypeName> GetPinnedType(ImmutableArray<TypeName> elementType) => elementType;

    public ImmutableArray<TypeName> GetGenericMethodParameter(object? genericContext, int index) => [];

    public ImmutableArray<TypeName> GetGenericTypeParameter(object? genericContext, int index) => [];

    public ImmutableArray<TypeName> GetPrimitiveType(PrimitiveTypeCode typeCode) => [];

    private TypeDefinition Outermost(TypeDefinitionHandle handle)
    {
        var type = reader.GetTypeDefinition(handle);
        while (!type.GetDeclaringType().IsNil)
        {
            type = reader.GetTypeDefinition(type.GetDeclaringType());
        }

        return type;
    }

    private string OfReference(TypeReferenceHandle handle)
    {
        var type = reader.GetTypeReference(handle);
        var name = reader.GetString(type.Name).Split('`')[0];
        return type.ResolutionScope.Kind == HandleKind.TypeReference
            ? $"{OfReference((TypeReferenceHandle)type.ResolutionScope)}+{name}"
            : $"{reader.GetString(type.Namespace)}.{name}";
    }
}
