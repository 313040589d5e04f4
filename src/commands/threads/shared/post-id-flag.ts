export const postIdFlag = {
  summary: 'The id of the post, such as 17900000000000001.',
  helpValue: 'ID',
} as const;
