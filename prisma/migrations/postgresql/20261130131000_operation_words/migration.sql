-- AlterTable
ALTER TABLE "Operation" ADD COLUMN     "title" TEXT,
ADD COLUMN     "summary" TEXT;
