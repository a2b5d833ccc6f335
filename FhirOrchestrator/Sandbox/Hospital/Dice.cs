namespace FhirOrchestrator.Sandbox.Hospital;

/// <summary>Seeded chance: the same seed and the same questions give the same answers.</summary>
internal sealed class Dice(int seed)
{
    private const string IdLetters = "abcdefghjkmnpqrstuvwxyz23456789";

    private readonly Random _random = new(seed);

    /// <summary>From 0 to below <paramref name="end"/>.</summary>
    public int Below(int end) => _random.Next(end);

    /// <summary>True <paramref name="percent"/> times of a hundred.</summary>
    public bool Chance(int percent) => _random.Next(100) < percent;

    public T Pick<T>(IReadOnlyList<T> from) => from[_random.Next(from.Count)];

    /// <summary>One of several, by their weights.</summary>
    public T Weighted<T>(IReadOnlyList<(T Value, int Weight)> from)
    {
        var left = _random.Next(from.Sum(each => each.Weight));
        foreach (var (value, weight) in from)
        {
            left -= weight;
            if (left < 0)
            {
                return value;
            }
        }

        return from[^1].Value;
    }

    /// <summary>An id of eight letters and digits behind a prefix.</summary>
    public string Id(string prefix)
    {
        Span<char> letters = stackalloc char[8];
        foreach (ref var letter in letters)
        {
            letter = IdLetters[_random.Next(IdLetters.Length)];
        }

        return $"{prefix}-{letters}";
    }

    /// <summary>So many decimal digits, the first not 0.</summary>
    public string Digits(int count)
    {
        Span<char> digits = stackalloc char[count];
        for (var at = 0; at < count; at++)
        {
            digits[at] = (char)('0' + (at == 0 ? 1 + _random.Next(9) : _random.Next(10)));
        }

        return new string(digits);
    }
}
