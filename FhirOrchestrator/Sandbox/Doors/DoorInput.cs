using System.Globalization;
using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Sandbox.Doors;

/// <summary>
/// What was sent to a door of the sandbox, as names and texts: a flat JSON object, or a form of the page.
/// </summary>
internal sealed record DoorInput(ImmutableDictionary<string, string> Values, bool IsForm, string? Problem)
{
    private const int BytesMax = 64 * 1024;

    /// <summary>Reads the body; an empty one has no values.</summary>
    /// <param name="known">The names that the door understands; another one is a problem.</param>
    public static async Task<DoorInput> ReadAsync(HttpRequest request, ImmutableHashSet<string> known,
        CancellationToken ct)
    {
        if (request.ContentLength > BytesMax)
        {
            return Wrong($"expected at most {BytesMax} bytes, got more", isForm: false);
        }

        if (request.HasFormContentType)
        {
            var form = await request.ReadFormAsync(ct);
            return Checked(form.ToImmutableDictionary(each => each.Key, each => each.Value.ToString()), known,
                isForm: true);
        }

        using var whole = new MemoryStream();
        await request.Body.CopyToAsync(whole, ct);
        if (whole.Length == 0)
        {
            return new(ImmutableDictionary<string, string>.Empty, IsForm: false, Problem: null);
        }

        var (value, problem) = JsonText.Read(whole.GetBuffer().AsSpan(0, (int)whole.Length));
        if (value is not ObjectNode fields)
        {
            return Wrong(problem?.Message ?? "expected a JSON object, got another value", isForm: false);
        }

        var values = ImmutableDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (var (name, field) in fields.Members)
        {
            if (Text(field) is not { } text)
            {
                return Wrong($"expected text, a number or true or false, got another value at {name}", isForm: false);
            }

            values[name] = text;
        }

        return Checked(values.ToImmutable(), known, isForm: false);
    }

    public string? Text(string name) => Values.TryGetValue(name, out var value) && value.Length > 0 ? value : null;

    /// <summary>A whole number, or the one given where there is none; a problem where it is something else.</summary>
    public int Number(string name, int otherwise, ref string? problem)
    {
        if (Text(name) is not { } text)
        {
            return otherwise;
        }

        if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
        {
            return number;
        }

        problem ??= $"expected a whole number, got another text at {name}";
        return otherwise;
    }

    /// <summary>True for <c>true</c> and for a ticked box of a form.</summary>
    public bool Flag(string name) => Text(name) is "true" or "on";

    private static DoorInput Checked(
        ImmutableDictionary<string, string> values, ImmutableHashSet<string> known, bool isForm) =>
        values.Keys.FirstOrDefault(each => !known.Contains(each)) is { } unknown
            ? Wrong($"expected {string.Join(", ", known.Order(StringComparer.Ordinal))}, got '{unknown}'", isForm)
            : new(values, isForm, null);

    private static DoorInput Wrong(string problem, bool isForm) =>
        new(ImmutableDictionary<string, string>.Empty, isForm, problem);

    private static string? Text(Node value) => value switch
    {
        TextNode text => text.Value,
        NumberNode number => number.Text,
        BooleanNode flag => flag.Value ? "true" : "false",
        _ => null,
    };
}
