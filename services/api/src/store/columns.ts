/** Select lists by what is read. */
export interface Columns {
  categories: string;
  products: string;
  productDetails: string;
  reviews: string;
  customers: string;
}

export const allColumns: Columns = {
  categories: '*',
  products: '*',
  productDetails: '*',
  reviews: '*',
  customers: '*',
};
