using FhirOrchestrator.Fhir.Json;

namespace FhirOrchestrator.Fhir.Search;

/// <summary>
/// Many subscriptions' criteria, compiled to be judged over one resource at once: a parameter's values are taken out
/// of the resource once, equal criteria are judged once, and a subscription that asks for a code or a reference is
/// looked at only where the resource has it. Immutable; serves all threads.
/// </summary>
/// <typeparam name="TKey">What stands for a subscription.</typeparam>
internal sealed class CriteriaSet<TKey>
{
    private readonly Dictionary<string, TypeCriteria> _byType = new(StringComparer.Ordinal);

    /// <summary>Compiles the criteria.</summary>
    /// <exception cref="ArgumentException">
    /// A query cannot be judged over one resource (<see cref="SearchQuery.WhyNoCriteria"/>).
    /// </exception>
    public CriteriaSet(IEnumerable<(TKey Key, SearchQuery Query)> subscriptions)
    {
        foreach (var (key, query) in subscriptions)
        {
            if (query.WhyNoCriteria() is { } why)
            {
                throw new ArgumentException(why, nameof(subscriptions));
            }

            foreach (var type in query.Types)
            {
                if (!_byType.TryGetValue(type, out var criteria))
                {
                    _byType.Add(type, criteria = new TypeCriteria());
                }

                criteria.Add(key, query);
            }
        }

        foreach (var criteria in _byType.Values)
        {
            criteria.Settle();
        }
    }

    /// <summary>The subscriptions whose criteria a resource meets, in the order in which they were given.</summary>
    public IReadOnlyList<TKey> Match(Resource resource) =>
        _byType.TryGetValue(resource.Type, out var criteria) ? criteria.Match(resource) : [];

    // One condition that several subscriptions may share.
    private sealed record Test(SearchCondition Condition, SearchReading Reading)
    {
        /// <summary>What a row must have for the test to hold; null where that cannot be looked up.</summary>
        public ImmutableArray<string>? Keys { get; } = Condition is SearchCriterion
        {
            Modifier: SearchModifier.None, Parameter.Kind: not SearchKind.Composite,
        } criterion && criterion.AnyOf.All(value => KeyOf(value) is not null)
            ? [.. criterion.AnyOf.Select(value => KeyOf(value) ?? "")]
            : null;

        private static string? KeyOf(SearchValue value) => value switch
        {
            SearchValue.Token { Code: { } code } => code,
            SearchValue.Reference reference => reference.Id,
            _ => null,
        };
    }

    private sealed class TypeCriteria
    {
        private readonly List<Test> _tests = [];
        private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);
        private readonly List<(TKey Key, int[] Tests)> _subscriptions = [];
        private readonly Dictionary<string, (SearchParameter Parameter, Dictionary<string, List<int>> Tests)> _lookups =
            new(StringComparer.Ordinal);

        private int[][] _gated = [];
        private int[] _ungated = [];

        public void Add(TKey key, SearchQuery query) =>
            _subscriptions.Add((key, [.. query.Criteria.Select(each => Number(each, query.Reading)).Distinct()]));

        // Each subscription waits behind the one of its tests that can be looked up and that fewest others share.
        public void Settle()
        {
            var uses = new int[_tests.Count];
            foreach (var test in _subscriptions.SelectMany(each => each.Tests))
            {
                uses[test]++;
            }

            var gated = new List<int>[_tests.Count];
            var ungated = new List<int>();
            for (var at = 0; at < _subscriptions.Count; at++)
            {
                var gate = _subscriptions[at].Tests.Where(test => _tests[test].Keys is not null)
                    .OrderBy(test => uses[test]).Cast<int?>().FirstOrDefault();
                (gate is { } test ? gated[test] ??= [] : ungated).Add(at);
            }

            _gated = [.. gated.Select(each => each?.ToArray() ?? [])];
            _ungated = [.. ungated];
        }

        public List<TKey> Match(Resource resource)
        {
            // Search parameters of R4 and of stores alike: a test's own parameter says how to take values out.
            var run = new Run(new OwnRows(resource, SearchCatalogs.R4), _tests);
            var found = new List<int>();
            foreach (var (parameter, tests) in _lookups.Values)
            {
                foreach (var row in run.Own.Of(parameter))
                {
                    if (KeyOf(row) is { } key && tests.TryGetValue(key, out var numbers))
                    {
                        foreach (var number in numbers)
                        {
                            run.Open(number, _gated[number], found);
                        }
                    }
                }
            }

            found.AddRange(_ungated);
            found.Sort();
            return [.. found.Where(at => run.HoldAll(_subscriptions[at].Tests)).Select(at => _subscriptions[at].Key)];
        }

        private static string? KeyOf(SearchRow row) => row switch
        {
            SearchRow.Token token => token.Code,
            SearchRow.Reference reference => reference.TargetId,
            _ => null,
        };

        private int Number(SearchCondition condition, SearchReading reading)
        {
            var text = condition is SearchCriterion criterion && criterion.AnyOf.All(IsTold)
                ? $"{criterion.Parameter.Code}:{criterion.Modifier}={string.Join(',', criterion.AnyOf)} "
                    + reading.OwnBase
                : $"#{_tests.Count}";
            if (_numbers.TryGetValue(text, out var number))
            {
                return number;
            }

            _numbers.Add(text, number = _tests.Count);
            var test = new Test(condition, reading);
            _tests.Add(test);
            if (condition is SearchCriterion { Parameter: var parameter } && test.Keys is { } keys)
            {
                if (!_lookups.TryGetValue(parameter.Code, out var lookup))
                {
                    _lookups.Add(parameter.Code, lookup = (parameter, new(StringComparer.Ordinal)));
                }

                foreach (var key in keys.Distinct(StringComparer.Ordinal))
                {
                    if (!lookup.Tests.TryGetValue(key, out var numbers))
                    {
                        lookup.Tests.Add(key, numbers = []);
                    }

                    numbers.Add(number);
                }
            }

            return number;
        }

        // The text of these tells all of the value; of lists it does not.
        private static bool IsTold(SearchValue value) => value is not (SearchValue.CodeSet or SearchValue.Composite);
    }

    // What is known so far of one resource.
    private sealed class Run(OwnRows own, List<Test> tests)
    {
        private readonly bool?[] _holds = new bool?[tests.Count];
        private readonly bool[] _isOpened = new bool[tests.Count];

        public OwnRows Own => own;

        public void Open(int test, int[] subscriptions, List<int> found)
        {
            if (!_isOpened[test])
            {
                _isOpened[test] = true;
                found.AddRange(subscriptions);
            }
        }

        public bool HoldAll(int[] numbers)
        {
            foreach (var number in numbers)
            {
                if (!(_holds[number] ??= Holds(tests[number])))
                {
                    return false;
                }
            }

            return true;
        }

        private bool Holds(Test test) => test.Condition switch
        {
            SearchCriterion criterion => SearchMatcher.Matches(criterion, own, test.Reading.OwnBase),
            SearchMembership membership => SearchMatcher.IsMember(membership, own, test.Reading.OwnBase),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
    }
}
