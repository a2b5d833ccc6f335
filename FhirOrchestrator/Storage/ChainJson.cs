using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using FhirOrchestrator.Chains;
using FhirOrchestrator.Facts;

namespace FhirOrchestrator.Storage;

/// <summary>
/// Chain states and events as JSON bytes. Closed families carry their case's name as <c>case</c>, enums are kebab-case
/// names, ids plain strings: what is stored is read for years, so names never change and nothing unknown is skipped.
/// </summary>
internal static class ChainJson
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        IgnoreReadOnlyProperties = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { DescribeFamily } },
        Converters =
        {
            new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false),
            new TextIdConverter<ChainId>(text => new ChainId(Guid.Parse(text)), id => id.ToString()),
            new TextIdConverter<StepName>(text => new StepName(text), name => name.Value),
            new TextIdConverter<ExpressionKey>(text => new ExpressionKey(text), key => key.Value),
            new TextIdConverter<EhrId>(text => new EhrId(text), ehr => ehr.Value),
            new TextIdConverter<SiteId>(text => new SiteId(text), site => site.Value),
        },
    };

    /// <summary>The JSON of a state, an event or a part of one.</summary>
    public static byte[] Write<T>(T value) => JsonSerializer.SerializeToUtf8Bytes(value, Options);

    /// <summary>What the JSON says.</summary>
    /// <exception cref="JsonException">It is not what this server writes.</exception>
    public static T Read<T>(ReadOnlySpan<byte> json)
        where T : class =>
        JsonSerializer.Deserialize<T>(json, Options) ?? throw new JsonException(
            $"expected a {typeof(T).Name}, got null");

    /// <summary>The name of an event's case, such as <c>step-reported</c>.</summary>
    public static string KindOf(ChainEvent happened) =>
        JsonNamingPolicy.KebabCaseLower.ConvertName(happened.GetType().Name);

    // A closed family is an abstract record whose cases are nested in it (style.md, shape 5).
    private static void DescribeFamily(JsonTypeInfo type)
    {
        if (!type.Type.IsAbstract || type.Kind != JsonTypeInfoKind.Object)
        {
            return;
        }

        var family = new JsonPolymorphismOptions
        {
            TypeDiscriminatorPropertyName = "case",
            UnknownDerivedTypeHandling = JsonUnknownDerivedTypeHandling.FailSerialization,
        };
        foreach (var member in type.Type.GetNestedTypes().Where(t => t.IsSubclassOf(type.Type)))
        {
            family.DerivedTypes.Add(
                new JsonDerivedType(member, JsonNamingPolicy.KebabCaseLower.ConvertName(member.Name)));
        }

        type.PolymorphismOptions = family;
    }

    private sealed class TextIdConverter<T>(Func<string, T> read, Func<T, string> write) : JsonConverter<T>
        where T : struct
    {
        public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            read(reader.GetString() ?? throw new JsonException($"expected a {typeof(T).Name}, got null"));

        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) =>
            writer.WriteStringValue(write(value));

        public override T ReadAsPropertyName(
            ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            read(reader.GetString() ?? throw new JsonException($"expected a {typeof(T).Name}, got null"));

        public override void WriteAsPropertyName(Utf8JsonWriter writer, T value, JsonSerializerOptions options) =>
            writer.WritePropertyName(write(value));
    }
}
