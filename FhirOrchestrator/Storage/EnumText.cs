using System.Text.Json;

namespace FhirOrchestrator.Storage;

/// <summary>Enum values as the database and the JSON have them: kebab-case names, never numbers.</summary>
internal static class EnumText
{
    /// <summary>The value's name in kebab case, such as <c>in-progress</c>.</summary>
    public static string Of<T>(T value)
        where T : struct, Enum => Names<T>.ByValue[value];

    /// <summary>The value that a name stands for.</summary>
    /// <exception cref="FormatException">None has it.</exception>
    public static T Parse<T>(string name)
        where T : struct, Enum => Names<T>.ByName.TryGetValue(name, out var value)
        ? value
        : throw new FormatException($"expected a {typeof(T).Name}, got '{name}'");

    private static class Names<T>
        where T : struct, Enum
    {
        public static readonly ImmutableDictionary<T, string> ByValue = Enum.GetValues<T>()
            .ToImmutableDictionary(v => v, v => JsonNamingPolicy.KebabCaseLower.ConvertName(v.ToString()));

        public static readonly ImmutableDictionary<string, T> ByName =
            ByValue.ToImmutableDictionary(p => p.Value, p => p.Key, StringComparer.Ordinal);
    }
}
