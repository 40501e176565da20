import { demoPasswordHash } from './demoPassword.ts';
import type { TableName } from './schema.ts';

/** Rows of each table at one size; size 1 is the default. Those of product_words follow from the texts. */
export function rowCounts(size: number) {
  return {
    categories: categories.length,
    category_counts: categories.length,
    products: 2000 * size,
    customers: 2000 * size,
    profiles: 2000 * size,
    reviews: 8000 * size,
    order_items: 15_000 * size,
    orders: 5000 * size,
  } satisfies Partial<Record<TableName, number>>;
}

/**
 * One INSERT ... SELECT per table over the helper table numbers(n). Every value is a function of n through crc32, so
 * the same size gives the same rows on every server; only what MySQL 8.4 and MariaDB 10.11 both know is used.
 */
export function insertStatements(size: number): { table: TableName; sql: string }[] {
  const rows = rowCounts(size);
  return [
    {
      table: 'categories',
      sql: `insert into categories (id, slug, name, parent_id) values ${categoryRows()}`,
    },
    {
      table: 'reviews',
      sql: `insert into reviews select n, 1 + ${random('product', rows.products)}, 1 + ${random('customer', rows.customers)},
        elt(1 + ${random('rating', 10)}, 5, 5, 5, 4, 4, 4, 3, 3, 2, 1),
        ${pick('title', reviewTitles)},
        concat_ws(' ', ${pickDifferent('remark', remarks, 2).join(', ')}),
        timestampadd(minute, ${random('written', 262_800)}, '2025-07-01 00:00:00')
        from numbers where n <= ${rows.reviews}`,
    },
    {
      table: 'products',
      sql: `insert into products (${productColumns}) select n, 1 + ${random('category', categories.length)},
        concat('SKU-', lpad(n, 7, '0')),
        concat(${pick('quality', qualities)}, ' ', ${pick('material', materials)}, ' ', ${pick('thing', things)}, ' ', 100 + ${random('model', 900)}),
        concat(${pick('summary1', openings)}, ' ', ${pick('summary2', closings)}),
        concat_ws('\\n\\n', ${pickDifferent('paragraph', paragraphs, 5).join(', ')}),
        concat_ws('\\n', ${specificationLines().join(', ')}),
        499 + ${random('price', 49_500)}, 'EUR', ${random('stock', 200)},
        elt(1 + (${random('status', 20)} = 0), 'active', 'backorder'),
        concat('/images/products/', n, '.webp'),
        50 + ${random('weight', 9000)},
        timestampadd(minute, ${random('created', 525_600)}, '2025-01-01 00:00:00'),
        timestampadd(minute, ${random('updated', 43_200)}, '2026-01-01 00:00:00'),
        coalesce(rated.stars, 0), coalesce(rated.ratings, 0)
        from numbers left join (select product_id, sum(rating) as stars, count(*) as ratings from reviews group by product_id) rated
          on rated.product_id = numbers.n
        where n <= ${rows.products} order by n`,
    },
    {
      table: 'category_counts',
      sql: `insert into category_counts select id, coalesce(counted.products, 0) from categories
        left join (select category_id, count(*) as products from products group by category_id) counted
          on counted.category_id = categories.id order by id`,
    },
    {
      table: 'product_words',
      sql: `insert into product_words select distinct word, id from (
        select lower(substring_index(substring_index(text, ' ', n), ' ', -1)) as word, id from (
          select id, concat(name, ' ', replace(replace(summary, ',', ' '), '.', ' ')) as text from products
        ) texts join numbers on n <= ${mostWords} and n <= 1 + char_length(text) - char_length(replace(text, ' ', ''))
      ) words where word <> '' order by word, id`,
    },
    {
      table: 'customers',
      sql: `insert into customers select n, concat('customer', n, '@example.com'),
        ${literal(demoPasswordHash)},
        concat(${pick('first', firstNames)}, ' ', ${pick('last', lastNames)}),
        if(n = ${rows.customers}, 'staff', 'customer'),
        timestampadd(minute, ${random('joined', 525_600)}, '2024-01-01 00:00:00')
        from numbers where n <= ${rows.customers}`,
    },
    {
      table: 'profiles',
      sql: `insert into profiles select n,
        concat(1 + ${random('house', 180)}, ' ', ${pick('street', streets)}),
        ${pick('city', cities)}, lpad(${random('postcode', 99_999)}, 5, '0'), 'DE',
        concat('+49 30 ', 1000000 + ${random('phone', 8_999_999)}),
        concat(${pick('bio1', openings)}, ' ', ${pick('bio2', remarks)}, ' ', ${pick('bio3', closings)})
        from numbers where n <= ${rows.profiles}`,
    },
    {
      table: 'order_items',
      sql: `insert into order_items select line.n, line.order_id, line.product_id, line.quantity, p.price_cents
        from (select n, 1 + floor((n - 1) / 3) as order_id, 1 + ${random('ordered', rows.products)} as product_id,
          1 + ${random('quantity', 3)} as quantity from numbers where n <= ${rows.order_items}) line
        join products p on p.id = line.product_id order by line.n`,
    },
    {
      // Every tenth order belongs to one of the first twenty customers, whose histories are then long enough to look at.
      table: 'orders',
      sql: `insert into orders select n,
        if(n % 10 = 0, 1 + ${random('regular', 20)}, 1 + ${random('buyer', rows.customers)}),
        elt(1 + ${random('state', 8)}, 'delivered', 'delivered', 'delivered', 'delivered', 'shipped', 'paid', 'placed', 'cancelled'),
        total.cents, timestampadd(minute, ${random('placed', 262_800)}, '2025-07-01 00:00:00')
        from numbers join (select order_id, sum(quantity * price_cents) as cents from order_items group by order_id) total
          on total.order_id = numbers.n order by numbers.n`,
    },
  ];
}

/** More than name and summary of a product have: 4 and about 20, and an empty one at each comma. */
const mostWords = 60;

const productColumns = `id, category_id, sku, name, summary, description, specification, price_cents, currency, stock,
  status, image_url, weight_grams, created_at, updated_at, rating_sum, rating_count`;

/** 0 .. below - 1, from n and a salt. */
function random(salt: string, below: number): string {
  return `(crc32(concat('${salt}:', n, ':', n * 7919)) % ${below})`;
}

function pick(salt: string, from: readonly string[]): string {
  return `elt(1 + ${random(salt, from.length)}, ${from.map(literal).join(', ')})`;
}

/** Steps through a list of prime length from a random start with a random stride, so that nothing comes twice. */
function pickDifferent(salt: string, from: readonly string[], count: number): string[] {
  const stride = `(1 + ${random(`${salt}-stride`, from.length - 1)})`;
  const place = (index: number) => `(${random(salt, from.length)} + ${index} * ${stride}) % ${from.length}`;
  return Array.from(
    { length: count },
    (_, index) => `elt(1 + ${place(index)}, ${from.map(literal).join(', ')})`,
  );
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** Four departments with four categories each. */
function categoryRows(): string {
  return categories
    .map(
      ({ slug, name, parent }, index) =>
        `(${index + 1}, ${literal(slug)}, ${literal(name)}, ${parent ?? 'null'})`,
    )
    .join(', ');
}

function specificationLines(): string[] {
  return specification.map(({ label, values }) => `concat('${label}: ', ${pick(`spec-${label}`, values)})`);
}

const categories: readonly { slug: string; name: string; parent: number | null }[] = [
  { slug: 'home', name: 'Home', parent: null },
  { slug: 'outdoor', name: 'Outdoor', parent: null },
  { slug: 'office', name: 'Office', parent: null },
  { slug: 'electronics', name: 'Electronics', parent: null },
  { slug: 'kitchen', name: 'Kitchen', parent: 1 },
  { slug: 'bathroom', name: 'Bathroom', parent: 1 },
  { slug: 'lighting', name: 'Lighting', parent: 1 },
  { slug: 'bedding', name: 'Bedding', parent: 1 },
  { slug: 'camping', name: 'Camping', parent: 2 },
  { slug: 'cycling', name: 'Cycling', parent: 2 },
  { slug: 'garden', name: 'Garden', parent: 2 },
  { slug: 'climbing', name: 'Climbing', parent: 2 },
  { slug: 'furniture', name: 'Furniture', parent: 3 },
  { slug: 'stationery', name: 'Stationery', parent: 3 },
  { slug: 'storage', name: 'Storage', parent: 3 },
  { slug: 'printing', name: 'Printing', parent: 3 },
  { slug: 'audio', name: 'Audio', parent: 4 },
  { slug: 'photo', name: 'Photo', parent: 4 },
  { slug: 'computers', name: 'Computers', parent: 4 },
  { slug: 'wearables', name: 'Wearables', parent: 4 },
];

const qualities = [
  'Compact',
  'Classic',
  'Modern',
  'Light',
  'Sturdy',
  'Folding',
  'Quiet',
  'Large',
  'Small',
  'Everyday',
  'Folded',
];
const materials = [
  'Steel',
  'Oak',
  'Bamboo',
  'Cotton',
  'Linen',
  'Aluminium',
  'Glass',
  'Cork',
  'Leather',
  'Wool',
  'Ceramic',
  'Titanium',
  'Walnut',
];
const things = [
  'Lamp',
  'Chair',
  'Bottle',
  'Bag',
  'Stand',
  'Clock',
  'Tray',
  'Table',
  'Holder',
  'Basket',
  'Case',
  'Speaker',
  'Tent',
  'Mug',
  'Shelf',
  'Notebook',
  'Blanket',
];
const firstNames = [
  'Ada',
  'Jürgen',
  'Noor',
  'Mateo',
  'Yuki',
  'Zoë',
  'Kofi',
  'Lena',
  'Igor',
  'Priya',
  'Sofía',
  'Tomáš',
  'Amina',
  'Bjørn',
  'Chiara',
  'David',
  'Elif',
];
const lastNames = [
  'Müller',
  'Okafor',
  'Tanaka',
  'García',
  'Novák',
  'Rossi',
  'Kowalski',
  'Haddad',
  'Singh',
  'Larsen',
  'Dubois',
  'Ivanova',
  'Yılmaz',
  'Costa',
  'Smith',
  'Weber',
  'Nguyễn',
  'Silva',
  'Horvat',
];
const streets = [
  'Lindenstraße',
  'Hauptstraße',
  'Bahnhofstraße',
  'Gartenweg',
  'Am Markt',
  'Schulstraße',
  'Bergstraße',
  'Ringstraße',
  'Kirchgasse',
];
const cities = [
  'Berlin',
  'Hamburg',
  'München',
  'Köln',
  'Leipzig',
  'Dresden',
  'Bremen',
  'Mainz',
  'Kiel',
  'Ulm',
  'Jena',
];

const openings = [
  'Made for daily use and easy to look after.',
  'A quiet companion that does one thing well.',
  'Built to be repaired, with parts you can order.',
  'Small enough to travel, strong enough to stay.',
  'Designed together with the people who use it most.',
  'Well balanced, neatly finished and made to last.',
  'The one that stays on the table when the others go.',
];
const closings = [
  'Ships in a box without plastic, ready to use at once.',
  'Comes with a spare set of screws and a short guide.',
  'Tested for ten years of use in an ordinary household.',
  'Available in three sizes, all of which fit together.',
  'Every piece is checked by hand before it leaves us.',
];
const remarks = [
  'Exactly what I was looking for, and it arrived quickly.',
  'Does its job, although the manual could be clearer.',
  'We use it every day and it still looks like new.',
  'Smaller than expected, but the quality is convincing.',
  'The colour differs a little from the picture, no problem.',
  'I bought a second one for a friend after two weeks.',
  'One screw was missing; the shop sent it the next day.',
  'Good value, I would buy it again without thinking twice.',
  'It scratches more easily than I had hoped, still fine.',
  'My daughter took it to her flat, which says enough.',
  'Packed with care, put together in less than ten minutes.',
];
const reviewTitles = [
  'Very happy',
  'Good, with small flaws',
  'As described',
  'Not for me',
  'Better than expected',
  'Solid',
  'Would buy again',
];

const paragraphs = [
  'It began with a simple question: what would this look like if nobody had to throw it away after a year? The answer took three prototypes and a good deal of patience. Joints are screwed instead of glued, surfaces are oiled instead of lacquered, and every part that moves can be taken out with the tool that comes in the box. The result is a little heavier than what is usual, and it feels that way in the hand: calm, dense and reliable, the kind of object one stops noticing because it never gives a reason to.',
  'The material comes from suppliers whom we have known for a long time and visit twice a year. Batches are small, so that shades differ from one piece to the next; we think of that as a feature and hope you do too. Before anything is cut it rests for two weeks in the workshop, because nothing is worse than a part that fits in spring and jams in autumn. Edges are broken by hand, corners are rounded just enough, and the underside is finished as carefully as the top, even though hardly anybody will ever look there.',
  'Looking after it is easy. A damp cloth is enough in most cases; soap does no harm, abrasive powders do. Once or twice a year a drop of oil keeps the surface alive. If something does break, order the part by the number that is stamped on it, or write to us and describe what happened: we answer within two working days and repair whatever can be repaired. Parts are kept in stock for at least ten years after the last piece has been sold, and the drawings are public, in case you would rather make them yourself.',
  'We measured before we decided. Forty households used the first version for half a year and wrote down what annoyed them. The handle became longer, the lid lost its rattle, the base got a ring of cork. Two ideas that we liked very much did not survive: a hidden drawer that nobody found, and a mechanism that was clever and squeaked. What is left is what people really used. It is not spectacular in a picture. It gets better in the second week, when the hand has learned where everything is and the eye has stopped checking.',
  'A word about size, since most returns have to do with it. The dimensions in the table are those of the outside; inside there is a little less than a centimetre on each side. It stands safely on slightly uneven ground and can be hung with two screws, for which the holes are already there. Packed, it fits under a seat. If you are unsure, print the outline from the product page on two sheets of paper and lay it where the thing is to go: that takes three minutes and has saved many people a walk to the post office.',
  'Who is it for? For people who use such a thing every day and for those who need it twice a year and want to find it in good order then. It is not the cheapest of its kind and does not try to be. What you pay for is the time that went into the parts one does not see, a guarantee that is longer than the law asks for, and somebody who picks up the telephone. If that does not matter to you, there are good and simpler ones elsewhere, and we will gladly tell you which of them we would take ourselves.',
  'Shipping is by parcel on working days before noon; larger pieces come with a carrier who calls beforehand. Boxes are made of brown cardboard with paper inside, and we take them back if you bring them to the shop. You may return what you do not like within sixty days, used but not broken, and get the whole price back. Nine of a hundred do, mostly because of the colour. Those pieces are cleaned, checked and sold again at a lower price with a small mark on the underside, and they are always gone within a few days.',
];

const specification: readonly { label: string; values: readonly string[] }[] = [
  { label: 'Height', values: ['12 cm', '24 cm', '36 cm', '48 cm', '75 cm', '110 cm', '180 cm'] },
  { label: 'Width', values: ['8 cm', '15 cm', '22 cm', '40 cm', '60 cm', '80 cm', '120 cm'] },
  { label: 'Depth', values: ['5 cm', '9 cm', '18 cm', '30 cm', '45 cm'] },
  {
    label: 'Colour',
    values: [
      'natural, waxed twice',
      'black, powder coated',
      'white, powder coated',
      'forest green, oiled',
      'slate grey, oiled',
    ],
  },
  {
    label: 'Origin',
    values: [
      'designed in Berlin, made in Portugal',
      'designed and made in Slovenia',
      'designed in Berlin, made in Japan',
      'designed and made in Germany',
    ],
  },
  {
    label: 'Guarantee',
    values: [
      'five years on all parts, two years on surfaces',
      'ten years on all parts that do not wear',
      'two years, extended to five after registration',
    ],
  },
  {
    label: 'Care',
    values: [
      'wipe with a damp cloth, do not soak, oil once a year',
      'machine wash at 40 degrees, do not tumble dry, iron warm',
      'dry cloth only, keep away from direct sunlight',
    ],
  },
  {
    label: 'In the box',
    values: [
      'one piece, spare screws, hexagon key, printed guide',
      'two pieces, cloth bag, printed guide',
      'one piece, cable of 1.8 m, cloth, printed guide',
    ],
  },
  {
    label: 'Certified',
    values: [
      'GS mark, independent laboratory, renewed every two years',
      'OEKO-TEX Standard 100, class one',
      'FSC mix, chain of custody for every batch',
    ],
  },
  {
    label: 'Packaging',
    values: [
      'recycled cardboard without plastic, 90 % paper by weight',
      'returnable box, paper filling, no adhesive tape',
    ],
  },
];
