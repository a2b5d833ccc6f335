using System.Text;
using System.Text.Json;

namespace FhirOrchestrator.Tests.Support;

/// <summary>
/// Compares JSON token by token with the framework's reader, which shares nothing with ours: names and texts by value,
/// numbers by their text, in order.
/// </summary>
internal static class JsonTokens
{
    /// <summary>What differs first, null where nothing does.</summary>
    public static string? FirstDifference(ReadOnlySpan<byte> expected, ReadOnlySpan<byte> actual)
    {
        var options = new JsonReaderOptions { MaxDepth = 1000 };
        var left = new Utf8JsonReader(expected, options);
        var right = new Utf8JsonReader(actual, options);
        while (true)
        {
            var (isLeft, isRight) = (left.Read(), right.Read());
            if (!isLeft || !isRight)
            {
                return isLeft == isRight ? null : $"expected {(isLeft ? "more" : "the end")}, got the other";
            }

            if (left.TokenType != right.TokenType)
            {
                return $"expected {left.TokenType} at byte {left.TokenStartIndex}, got {right.TokenType}";
            }

            var isSame = left.TokenType switch
            {
                JsonTokenType.String or JsonTokenType.PropertyName => left.GetString() == right.GetString(),
                JsonTokenType.Number => left.ValueSpan.SequenceEqual(right.ValueSpan),
                _ => true,
            };
            if (!isSame)
            {
                return $"expected {Encoding.UTF8.GetString(left.ValueSpan)} at byte {left.TokenStartIndex}, "
                    + $"got {Encoding.UTF8.GetString(right.ValueSpan)}";
            }
        }
    }
}
