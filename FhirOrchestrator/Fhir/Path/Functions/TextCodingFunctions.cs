using System.Net;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using FhirOrchestrator.Fhir.Json;
using FhirOrchestrator.Fhir.Path.Ast;

namespace FhirOrchestrator.Fhir.Path.Functions;

/// <summary>
/// <c>encode</c>, <c>decode</c>, <c>escape</c>, <c>unescape</c> (FHIRPath, additional string functions, draft).
/// </summary>
internal static class TextCodingFunctions
{
    private static readonly UTF8Encoding Strict =
        new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static ImmutableArray<FunctionEntry> All { get; } =
    [
        new("encode", 1, 1, (call, scope, input) => Apply(call, scope, input, Encode)),
        new("decode", 1, 1, (call, scope, input) => Apply(call, scope, input, Decode)),
        new("escape", 1, 1, (call, scope, input) => Apply(call, scope, input, Escape)),
        new("unescape", 1, 1, (call, scope, input) => Apply(call, scope, input, Unescape)),
    ];

    private static Sequence Apply(CallExpr call, Scope scope, Sequence input, Func<string, string, string?> change)
    {
        var text = call.TextInput(input);
        if (call.TextArgument(0, scope) is not { } format || text is null)
        {
            return default;
        }

        scope.Run.CheckText(6L * text.Length, call.Position);
        try
        {
            return Sequence.Of(change(text, format)
                ?? throw call.Fail($"expected a format that {call.Name} knows, got another"));
        }
        catch (DecoderFallbackException)
        {
            // What was encoded is no text (FHIRPath 3.0, decode).
            return default;
        }
        catch (FormatException)
        {
            throw call.Fail($"expected text that {call.Name} can read, got other text");
        }
    }

    private static string? Encode(string text, string format) => format switch
    {
        "ascii" => string.Concat(text.EnumerateRunes().Select(each => each.IsAscii ? (char)each.Value : '?')),
        "hex" => Convert.ToHexStringLower(Encoding.UTF8.GetBytes(text)),
        "base64" => Convert.ToBase64String(Encoding.UTF8.GetBytes(text)),
        "urlbase64" => Convert.ToBase64String(Encoding.UTF8.GetBytes(text)).Replace('+', '-').Replace('/', '_'),
        _ => null,
    };

    private static string? Decode(string text, string format) => format switch
    {
        "hex" => Strict.GetString(Convert.FromHexString(text)),
        "base64" => Strict.GetString(Convert.FromBase64String(text)),
        "urlbase64" => Strict.GetString(Convert.FromBase64String(text.Replace('-', '+').Replace('_', '/'))),
        _ => null,
    };

    private static string? Escape(string text, string format) => format switch
    {
        "html" => WebUtility.HtmlEncode(text),
        "json" => JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).ToString(),
        _ => null,
    };

    private static string? Unescape(string text, string format) => format switch
    {
        "html" => WebUtility.HtmlDecode(text),
        "json" => UnescapeJson(text),
        _ => null,
    };

    private static string UnescapeJson(string text)
    {
        if (!text.Contains('\\', StringComparison.Ordinal))
        {
            return text;
        }

        var quoted = Encoding.UTF8.GetBytes($"\"{text}\"");
        return JsonText.Read(quoted).Value?.AsText ?? throw new FormatException();
    }
}
